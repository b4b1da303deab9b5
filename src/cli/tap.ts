/** `healthos tap`: follows a subject live. */
import { Command } from 'commander';
import { subjectMatches, subjects, validatedSubject } from '../bus/subjects.ts';
import type { MessageEvent } from '../store/journal.ts';
import type { LoadedDefinition } from '../config/definition.ts';
import { GatewayClient } from './client.ts';
import { type CommandFactory, gatewayOptions, type GatewayOptions } from './command.ts';
import { CliError, usageError } from './errors.ts';
import { readEvents } from './events.ts';
import { orDash, plural, shortBytes, stateCell } from './format.ts';
import { untilInterrupted } from './interrupt.ts';
import { type Output, printable } from './output.ts';

type Options = GatewayOptions & { readonly json?: true; readonly body?: true };

export const tapCommand: CommandFactory = (output) =>
  gatewayOptions(new Command('tap').description('follow a subject live: one line a message, until Ctrl-C'))
    .argument('[subject]', 'a subject; * is any word, > any words at the end', 'lfh.healthos.>')
    .option('--body', 'show bodies too; each reading is audited')
    .addHelpText('after', examples)
    .action(async (subject: string, options: Options) => {
      if (!/^[^\s.]+(\.[^\s.]+)*$/.test(subject))
        throw usageError('A subject is words with dots between them.');
      await untilInterrupted((signal) => follow(output, subject, options, signal));
    });

async function follow(output: Output, filter: string, options: Options, signal: AbortSignal): Promise<void> {
  const client = new GatewayClient(options);
  const named = await namedSubjects(client);
  const response = await client.fetch('/admin/events', { signal, headers: { Accept: 'text/event-stream' } });
  if (output.terminal) output.error(`Following ${filter}. Ctrl-C ends.`);
  const taken = new Taken();
  for await (const { event, data } of readEvents(response.body)) {
    if (event !== 'message') continue;
    // The gateway's own event: its shape is the contract between journal and events.
    const step = JSON.parse(data) as MessageEvent;
    const subject = subjectOf(step, named);
    if (
      subject === undefined ||
      !subjectMatches(filter, subject) ||
      !taken.isNew(subject === named.ingress, step)
    )
      continue;
    show(output, subject, step, options.json === true);
    if (options.body) await showBody(output, client, step.data_id, options.json === true, signal);
  }
  throw new CliError(1, 'The gateway has ended the stream.');
}

interface NamedSubjects {
  readonly ingress: string;
  readonly errors: string;
}

/** A definition may name two of the subjects itself. */
async function namedSubjects(client: GatewayClient): Promise<NamedSubjects> {
  const { definition } = await client.get<Pick<LoadedDefinition, 'definition'>>('/admin/config');
  const { ingress_subject, error_subject } = definition.app.messaging;
  return { ingress: ingress_subject, errors: error_subject };
}

/** The subject on which a step puts the message; a replay is a note in the journal and on none. */
function subjectOf({ step, format }: MessageEvent, named: NamedSubjects): string | undefined {
  if (step === 'received' || step === 'stored') return named.ingress;
  if (step === 'valid') return format === null ? undefined : validatedSubject(format);
  if (step === 'invalid') return named.errors;
  if (step === 'delivered') return subjects.delivered;
  return step === 'deadletter' ? subjects.deadletter : undefined;
}

/** Received and stored are two steps and one message on the subject. */
class Taken {
  readonly #recent = new Set<string>();

  isNew(ingress: boolean, { data_id }: MessageEvent): boolean {
    if (!ingress) return true;
    if (this.#recent.has(data_id)) return false;
    this.#recent.add(data_id);
    const [oldest] = this.#recent;
    if (this.#recent.size > 10_000 && oldest !== undefined) this.#recent.delete(oldest);
    return true;
  }
}

function show(output: Output, subject: string, event: MessageEvent, json: boolean): void {
  if (json) {
    output.json({ subject, ...event });
    return;
  }
  const { data_id, at, format, type, bytes, connector, issues } = event;
  const state = stateCell(event.step === 'received' ? 'stored' : event.step);
  const step = typeof state === 'string' ? state : output.colour(state.colour, state.text);
  const found = issues > 0 ? plural(issues, 'issue') : '';
  const what = [orDash(format), orDash(type), shortBytes(bytes), orDash(connector), found].map(printable);
  output.line([at.slice(11, 23), subject.padEnd(28), step, data_id, ...what].join('  ').trimEnd());
}

async function showBody(
  output: Output,
  client: GatewayClient,
  id: string,
  json: boolean,
  signal: AbortSignal,
): Promise<void> {
  const response = await client.fetch(`/admin/messages/${encodeURIComponent(id)}/body`, { signal });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (json) output.json({ data_id: id, body_base64: bytes.toString('base64') });
  else for (const line of bytes.toString().split(/\r\n|\r|\n/)) output.line(`    ${printable(line)}`);
}

const examples = `
Only metadata is shown: ids, formats, types, sizes. Subjects: lfh.healthos.ingress (as received),
lfh.healthos.ingress.errors (what failed validation), lfh.healthos.validated.<format> (what passed),
lfh.healthos.delivered, lfh.healthos.deadletter.

Examples:
  healthos tap
  healthos tap 'lfh.healthos.validated.>'
  healthos tap lfh.healthos.ingress.errors --json`;
