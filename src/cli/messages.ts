/** `healthos messages`: search, journeys, bodies, replay. */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { fileFault } from '../config/substitute.ts';
import { parseDuration } from '../config/units.ts';
import { formats } from '../messages/envelope.ts';
import { type Journey, type JourneyItem, messageStates } from '../store/journal.ts';
import { GatewayClient } from './client.ts';
import {
  addDefault,
  type CommandFactory,
  gatewayOptions,
  type GatewayOptions,
  parseCount,
} from './command.ts';
import { editBody } from './edit.ts';
import { CliError, usageError } from './errors.ts';
import { journeyRow, journeyHeads, showJourney, showTrace } from './journeys.ts';
import type { Output } from './output.ts';
import { readPayload } from './payloads.ts';

type Options = GatewayOptions & { readonly json?: true };

export const messagesCommand: CommandFactory = (output) => {
  const command = new Command('messages')
    .description('search messages, follow their journeys, read bodies, replay')
    .addHelpText('after', examples);
  addDefault(command, listCommand(output));
  command.addCommand(journeyCommand(output, 'show', 'what became of a message, and what is wrong with it'));
  command.addCommand(journeyCommand(output, 'trace', 'its steps in time, and those of its replays'));
  command.addCommand(bodyCommand(output));
  command.addCommand(replayCommand(output));
  return command;
};

interface SearchOptions extends Options {
  readonly state?: string;
  readonly format?: string;
  readonly connector?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
  readonly limit: number;
  readonly cursor?: string;
}

function listCommand(output: Output): Command {
  return gatewayOptions(new Command('list').description('the newest first'))
    .addOption(new Option('--state <state>', 'in this state').choices(messageStates))
    .addOption(new Option('--format <format>', 'of this format').choices([...formats, 'unknown']))
    .option('--connector <id>', 'received by this connector')
    .option('--rule <rule>', 'that break this rule, such as hl7v2/required-field')
    .option('--since <time>', 'received at this time (RFC 3339) or within this duration (15m, 7d)', parseTime)
    .option('--until <time>', 'received until then', parseTime)
    .option('-q, --search <text>', 'whose id begins so, or with this control id or sender')
    .option('--limit <n>', 'so many', parseCount(1, 1000), 50)
    .option('--cursor <cursor>', 'the page that begins here')
    .action(async (options: SearchOptions) => {
      const page = await new GatewayClient(options).get<Page>(`/admin/messages?${query(options)}`);
      if (options.json) for (const item of page.items) output.json(item);
      else output.table(journeyHeads, page.items.map(journeyRow));
      if (page.next !== null) output.error(`There are more: --cursor ${page.next}`);
    });
}

interface Page {
  readonly items: readonly JourneyItem[];
  readonly next: string | null;
}

function query({
  state,
  format,
  connector,
  rule,
  since,
  until,
  search,
  limit,
  cursor,
}: SearchOptions): string {
  const parts = { state, format, connector, rule, since, until, q: search, limit: String(limit), cursor };
  const given = Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined);
  return new URLSearchParams(given).toString();
}

function parseTime(text: string): string {
  const seconds = /[a-z]$/i.test(text) ? parseDuration(text) : undefined;
  const time = seconds === undefined ? Date.parse(text) : Date.now() - seconds * 1000;
  if (Number.isNaN(new Date(time).getTime())) {
    throw new InvalidArgumentError(
      'It must be a time such as 2026-01-31T12:00:00Z, or a duration such as 15m.',
    );
  }
  return new Date(time).toISOString();
}

function journeyCommand(output: Output, name: 'show' | 'trace', description: string): Command {
  return gatewayOptions(new Command(name).description(description))
    .argument('<id>', 'its data id')
    .action(async (id: string, options: Options) => {
      const client = new GatewayClient(options);
      const journey = await readJourney(client, id);
      const family =
        name === 'trace' ? await Promise.all(journey.replays.map((one) => readJourney(client, one))) : [];
      if (options.json) for (const one of [journey, ...family]) output.json(one);
      else if (name === 'trace') showTrace(output, [journey, ...family]);
      else showJourney(output, journey);
    });
}

function readJourney(client: GatewayClient, id: string): Promise<Journey> {
  return client.get(`/admin/messages/${encodeURIComponent(id)}`);
}

function bodyCommand(output: Output): Command {
  return gatewayOptions(new Command('body').description('its bytes as received; this is audited'))
    .argument('<id>', 'its data id')
    .option('--out <file>', 'into this file')
    .action(async (id: string, options: Options & { readonly out?: string }) => {
      const bytes = await readBody(new GatewayClient(options), id);
      if (options.out !== undefined) await writeBody(options.out, bytes);
      else if (options.json) output.json({ data_id: id, body_base64: bytes.toString('base64') });
      else await output.bytes(bytes);
    });
}

async function readBody(client: GatewayClient, id: string): Promise<Buffer<ArrayBuffer>> {
  const response = await client.fetch(`/admin/messages/${encodeURIComponent(id)}/body`);
  return Buffer.from(await response.arrayBuffer());
}

/** Health data: for its owner's eyes only. */
async function writeBody(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { mode: 0o600 });
  } catch (cause) {
    throw new CliError(1, `${file} cannot be written (${fileFault(cause)}).`, { cause });
  }
}

interface ReplayOptions extends Options {
  readonly body?: string;
  readonly edit?: true;
}

function replayCommand(output: Output): Command {
  return gatewayOptions(new Command('replay').description('take it in again, as it was or edited'))
    .argument('<id>', 'its data id')
    .option('--body <file>', 'with this body instead; - for standard input')
    .option('--edit', 'with its body, after you have edited it in $VISUAL or $EDITOR')
    .action(async (id: string, options: ReplayOptions) => {
      const client = new GatewayClient(options);
      const body = await editedBody(client, id, options);
      const receipt = await client.post<{ data_id: string }>(
        `/admin/messages/${encodeURIComponent(id)}/replay`,
        body,
      );
      if (options.json) output.json(receipt);
      else output.line(`Taken in again as ${receipt.data_id}.`);
    });
}

async function editedBody(
  client: GatewayClient,
  id: string,
  { body, edit }: ReplayOptions,
): Promise<Buffer<ArrayBuffer> | undefined> {
  if (body !== undefined && edit) throw usageError('Either --body or --edit.');
  if (edit) return editBody(await readBody(client, id));
  if (body === undefined) return undefined;
  const bytes = await readPayload(body);
  if (bytes.length === 0) throw usageError(`${body} is empty.`);
  return bytes;
}

const examples = `
Examples:
  healthos messages --state invalid --since 1h
  healthos messages show 0190c0de-…           what is wrong with it
  healthos messages body 0190c0de-… > body    its bytes
  healthos messages replay 0190c0de-… --edit  mend it and send it in again`;
