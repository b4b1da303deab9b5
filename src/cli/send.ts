/** `healthos send`: transmits payloads whole, byte for byte, and reports each reply. */
import { Command, Option } from 'commander';
import { type CommandFactory, DEFAULT_URL, parseCount, parsePositive, parseUrl } from './command.ts';
import { usageError } from './errors.ts';
import { plural } from './format.ts';
import type { Output } from './output.ts';
import { findPayloads, readPayload } from './payloads.ts';
import { sampleNamed } from './samples.ts';
import { type Payload, postPayload, type Reply } from './transmit.ts';
import { showIssue } from './issues.ts';
import { readSample } from '../samples/index.ts';

interface SendOptions {
  readonly via: 'rest' | 'nats' | 'kafka' | 'mllp' | 'dicom';
  readonly to?: string;
  readonly token?: string;
  readonly subject?: string;
  readonly topic?: string;
  readonly sample?: string;
  readonly count?: number;
  readonly rate?: number;
  readonly concurrency: number;
  readonly wait?: true;
  readonly json?: true;
}

export const sendCommand: CommandFactory = (output, report) =>
  new Command('send')
    .description('transmit payloads byte for byte, and report each reply')
    .argument('[path...]', 'files, folders (walked), or - for standard input')
    .addOption(
      new Option('--via <way>', 'how').choices(['rest', 'nats', 'kafka', 'mllp', 'dicom']).default('rest'),
    )
    .option('--to <url>', 'where to (default: /ingress at HEALTHOS_URL)', parseUrl)
    .option('--subject <subject>', 'the subject, with --via nats')
    .option('--topic <topic>', 'the topic, with --via kafka')
    .option('--sample <name>', 'one of `healthos samples` instead of a path')
    .option('--count <n>', 'so many in all, the payloads in turn (default: each once)', parseCount(1, 1e9))
    .option('--rate <n>', 'at most so many a second', parsePositive)
    .option('--concurrency <n>', 'so many at once', parseCount(1, 1024), 1)
    .option('--wait', 'wait for each verdict, up to 30 s')
    .option('--token <token>', 'a bearer token (or HEALTHOS_TOKEN)', process.env['HEALTHOS_TOKEN'])
    .option('--json', 'one JSON document a reply')
    .addHelpText('after', examples)
    .action(async (paths: string[], options: SendOptions) => {
      demandRest(options);
      const replies = await sendAll(output, await loadPayloads(paths, options.sample), options);
      if (!options.json) output.line(summary(replies));
      if (replies.statuses.some(([status]) => status < 200 || status > 299)) report(1);
    });

function demandRest({ via, subject, topic }: SendOptions): void {
  if (via !== 'rest') throw usageError(`Sending by ${via} is not in this version; --via rest is.`);
  if (subject !== undefined) throw usageError('--subject is for --via nats.');
  if (topic !== undefined) throw usageError('--topic is for --via kafka.');
}

async function loadPayloads(paths: readonly string[], sample: string | undefined): Promise<Payload[]> {
  if ((sample === undefined) === (paths.length === 0)) {
    throw usageError('Name the payloads: files or folders, or one of ours with --sample.');
  }
  if (sample !== undefined) {
    const { name, contentType, ...rest } = sampleNamed(sample);
    return [{ name, contentType, bytes: readSample({ name, contentType, ...rest }) }];
  }
  const payloads: Payload[] = [];
  for (const path of findPayloads(paths)) {
    payloads.push({ name: path, contentType: contentTypeOf(path), bytes: await readPayload(path) });
  }
  return payloads;
}

/** A hint only: the gateway goes by the bytes. `application/json` is FHIR, or the form with `data` in it. */
const contentTypes: Readonly<Record<string, string>> = {
  hl7: 'application/hl7-v2',
  json: 'application/json',
  xml: 'application/fhir+xml',
  edi: 'application/EDI-X12',
  x12: 'application/EDI-X12',
  dcm: 'application/dicom',
};

function contentTypeOf(path: string): string {
  return contentTypes[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}

interface Replies {
  /** How many of each status; 0 where there was no reply. */
  readonly statuses: readonly (readonly [status: number, count: number])[];
  readonly count: number;
  readonly seconds: number;
  /** The median and the 99th percentile of the replies' times; milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

async function sendAll(output: Output, payloads: readonly Payload[], options: SendOptions): Promise<Replies> {
  const url = options.to ?? `${(process.env['HEALTHOS_URL'] || DEFAULT_URL).replace(/\/+$/, '')}/ingress`;
  const total = options.count ?? payloads.length;
  const times: number[] = [];
  const statuses = new Map<number, number>();
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < total; n = next++) {
      const payload = payloads[n % payloads.length];
      if (payload === undefined) return;
      await turn(begun, n, options.rate);
      const reply = await postPayload(url, payload, options);
      times.push(reply.ms);
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      showReply(output, n, payload, reply, options.json === true);
      if (total > 1 && !output.terminal) output.progress(`${times.length}/${total} sent`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, total) }, lane));
  output.progress('');
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    statuses: [...statuses].toSorted(([a], [b]) => a - b),
    count: times.length,
    seconds: (performance.now() - begun) / 1000,
    p50: at(0.5),
    p99: at(0.99),
  };
}

/** The n-th transmission's turn at this rate, counted from the beginning, so that a slow reply is made up for. */
async function turn(begun: number, n: number, rate: number | undefined): Promise<void> {
  if (rate === undefined) return;
  const wait = begun + (n * 1000) / rate - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

function showReply(output: Output, n: number, { name }: Payload, reply: Reply, json: boolean): void {
  if (json) {
    output.json({ n, file: name, ...reply });
    return;
  }
  const good = reply.status >= 200 && reply.status < 300;
  const status = output.colour(good ? 'green' : 'red', reply.status === 0 ? '---' : String(reply.status));
  const what = [reply.state, reply.data_id, reply.format, name, `${reply.ms.toFixed(0)} ms`, reply.detail];
  output.line(`${status}  ${what.filter((part) => part !== null).join('  ')}`);
  for (const issue of reply.issues) showIssue(output, issue);
}

function summary({ count, seconds, statuses, p50, p99 }: Replies): string {
  const by = statuses.map(([status, n]) => `${n} × ${status === 0 ? 'no reply' : status}`).join(', ');
  const pace =
    count > 1
      ? `, ${(count / seconds).toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
      : '';
  return `${plural(count, 'message')} sent: ${by}${pace}.`;
}

const examples = `
A file is one transmission, whole; a batch is not taken apart. Exit status 1 when a reply is no success.

Examples:
  healthos send message.hl7
  healthos send incoming/ --concurrency 16 --wait
  healthos send --sample hl7v2-adt-a01 --count 1000 --rate 100`;
