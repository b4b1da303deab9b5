/** `healthos send`: transmits payloads whole, byte for byte, and reports each reply. */
import { Command, Option } from 'commander';
import { type CommandFactory, parseCount, parsePositive } from './command.ts';
import { usageError } from './errors.ts';
import { plural } from './format.ts';
import type { Output } from './output.ts';
import { findPayloads, readPayload } from './payloads.ts';
import { sampleNamed } from './samples.ts';
import {
  checkTarget,
  openTransmitter,
  type Payload,
  type Reply,
  type Target,
  type Transmitter,
} from './transmit.ts';
import { showIssue } from './issues.ts';
import { readSample } from '../samples/index.ts';

interface SendOptions extends Target {
  readonly sample?: string;
  readonly count?: number;
  readonly rate?: number;
  readonly concurrency: number;
  readonly json?: true;
}

export const sendCommand: CommandFactory = (output, report) =>
  new Command('send')
    .description('transmit payloads byte for byte, and report each reply')
    .argument('[path...]', 'files, folders (walked), or - for standard input')
    .addOption(
      new Option('--via <way>', 'how').choices(['rest', 'nats', 'kafka', 'mllp', 'dicom']).default('rest'),
    )
    .option(
      '--to <address>',
      'where to: a URL, an AE title with its host, or the host:port of a broker (defaults below)',
    )
    .option('--subject <subject>', 'with --via nats (default: lfh.healthos.ingress)')
    .option('--topic <topic>', 'with --via kafka')
    .option('--sample <name>', 'one of `healthos samples` instead of a path')
    .option('--count <n>', 'so many in all, the payloads in turn (default: each once)', parseCount(1, 1e9))
    .option('--rate <n>', 'at most so many a second', parsePositive)
    .option('--concurrency <n>', 'so many at once', parseCount(1, 1024), 1)
    .option('--wait', 'wait for each verdict, up to 30 s')
    .option('--token <token>', 'a bearer token (or HEALTHOS_TOKEN), or the token of a NATS server')
    .option('--user <name>', 'the user at a broker')
    .option('--password <password>', 'its password (or HEALTHOS_PASSWORD)')
    .addOption(
      new Option('--sasl <mechanism>', "Kafka's way of asking").choices([
        'plain',
        'scram-sha-256',
        'scram-sha-512',
      ]),
    )
    .option('--ca <file>', "the authority of the other end's certificate, in PEM; with it TLS is used")
    .option('--calling-ae <title>', 'our AE title with --via dicom (default: HEALTHOS-SEND)')
    .option('--cert <file>', 'with --via mllp, the certificate to show, in PEM')
    .option('--key <file>', 'its private key, in PEM')
    .option('--json', 'one JSON document a reply')
    .addHelpText('after', examples)
    .action(async (paths: string[], options: SendOptions) => {
      checkTarget(options);
      const payloads = await loadPayloads(paths, options.sample);
      const transmitter = await openTransmitter(options, payloads);
      try {
        const replies = await sendAll(output, payloads, transmitter, options);
        if (!options.json) output.line(summary(replies));
        if (replies.failed > 0) report(1);
      } finally {
        await transmitter.close();
      }
    });

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
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failed: number;
  readonly count: number;
  readonly seconds: number;
  /** The median and the 99th percentile of the replies' times; milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

async function sendAll(
  output: Output,
  payloads: readonly Payload[],
  transmitter: Transmitter,
  options: SendOptions,
): Promise<Replies> {
  const total = options.count ?? payloads.length;
  const tally = new Tally();
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < total; n = next++) {
      const payload = payloads[n % payloads.length];
      if (payload === undefined) return;
      await turn(begun, n, options.rate);
      const reply = await transmitter.transmit(payload);
      tally.add(reply);
      showReply(output, n, payload, reply, options.json === true);
      if (total > 1 && !output.terminal) output.progress(`${tally.count}/${total} sent`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, total) }, lane));
  output.progress('');
  return tally.result(begun);
}

class Tally {
  readonly #times: number[] = [];
  readonly #outcomes = new Map<string, number>();
  #failed = 0;

  get count(): number {
    return this.#times.length;
  }

  add({ ok, outcome, ms }: Reply): void {
    this.#times.push(ms);
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (!ok) this.#failed += 1;
  }

  result(begun: number): Replies {
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      outcomes: this.#outcomes,
      failed: this.#failed,
      count: sorted.length,
      seconds: (performance.now() - begun) / 1000,
      p50: at(0.5),
      p99: at(0.99),
    };
  }
}

/** The n-th transmission's turn at this rate, counted from the beginning, so that a slow reply is made up for. */
async function turn(begun: number, n: number, rate: number | undefined): Promise<void> {
  if (rate === undefined) return;
  const wait = begun + (n * 1000) / rate - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}

function showReply(output: Output, n: number, { name }: Payload, reply: Reply, json: boolean): void {
  if (json) {
    output.json({ n, file: name, ...reply.document });
    return;
  }
  const outcome = output.colour(reply.ok ? 'green' : 'red', reply.outcome);
  const what = [...reply.facts, name, `${reply.ms.toFixed(0)} ms`, reply.detail];
  output.line(`${outcome}  ${what.filter((part) => part !== null).join('  ')}`);
  for (const issue of reply.issues) showIssue(output, issue);
}

function summary({ count, seconds, outcomes, p50, p99 }: Replies): string {
  const by = [...outcomes].toSorted(byName).map(([outcome, n]) => `${n} × ${outcome}`);
  const pace =
    count > 1
      ? `, ${(count / seconds).toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
      : '';
  return `${plural(count, 'message')} sent: ${by.join(', ')}${pace}.`;
}

function byName([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1;
}

const examples = `
A file is one transmission, whole; a batch is not taken apart. Exit status 1 when a reply is no success.

Without --to it goes to /ingress at HEALTHOS_URL (http://127.0.0.1:8080), to nats://127.0.0.1:4222, to the Kafka broker
127.0.0.1:9093, to the MLLP receiver 127.0.0.1:2575, or to dicom://HEALTHOS@127.0.0.1:11112. nats://, kafka://, mllp:// or
nothing before host:port is plain, tls:// is TLS; several brokers have commas between them. A subject that a stream holds
is acknowledged by JetStream; any other is only published. DICOM files go by C-STORE, without recompression. Over MLLP
each connection has one message under way, and --concurrency is the number of connections; --wait waits for the second
answer where a message asks for two.

Examples:
  healthos send message.hl7
  healthos send incoming/ --concurrency 16 --wait
  healthos send --sample hl7v2-adt-a01 --count 1000 --rate 100
  healthos send message.hl7 --via nats --to nats://127.0.0.1:4224 --subject healthy-data
  healthos send images/ --via dicom --to dicom://ARCHIVE@127.0.0.1:11112 --concurrency 4
  healthos send incoming/ --via mllp --to 127.0.0.1:2575 --concurrency 4
  healthos send message.hl7 --via kafka --to 127.0.0.1:9093 --topic healthy-data`;
