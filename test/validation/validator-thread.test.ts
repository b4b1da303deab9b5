import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { openDataFolder } from '../../src/bus/data-folder.ts';
import { openEmbeddedBus } from '../../src/bus/embedded-bus.ts';
import type { Consumer, MessageBus, StoredMessage } from '../../src/bus/message-bus.ts';
import { subjects, VALIDATED_ANY } from '../../src/bus/subjects.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { createLogger } from '../../src/logging.ts';
import { header } from '../../src/messages/envelope.ts';
import { encodeFile } from '../../src/samples/dicom/encode.ts';
import { ct, put } from '../../src/samples/dicom/objects.ts';
import type { Issue } from '../../src/validation/issue.ts';
import { createValidator } from '../../src/validation/validator-thread.ts';
import type { Harm } from './harm.ts';

const worker = new URL('./harmful-worker.ts', import.meta.url);

function message(controlId: string): Uint8Array {
  const segments = [
    `MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260301120000||ADT^A01^ADT_A01|${controlId}|P|2.5.1`,
    'EVN||20260301120000',
    'PID|1||4711^^^NORTH^MR||DOE^JANE',
    'PV1|1|I',
  ];
  return new TextEncoder().encode(`${segments.join('\r')}\r`);
}

interface Bench {
  readonly bus: MessageBus;
  readonly verdicts: Consumer;
  readonly log: () => string;
  readonly validator: ReturnType<typeof createValidator>;
}

/** Only where a thread hangs does its deadline matter; elsewhere it must never be what ends it. */
async function setUp(t: ExecutionContext, deadlineMs = 60_000): Promise<Bench> {
  const path = await mkdtemp(join(tmpdir(), 'healthos-validator-'));
  const folder = await openDataFolder(path);
  const retention = { maxAgeMs: 1e9, maxBytes: 1e9 };
  const bus = await openEmbeddedBus({ folder, publishTimeoutMs: 30_000, duplicateWindowMs: 1e6, retention });
  t.teardown(async () => {
    await bus.close();
    folder.close();
    await rm(path, { recursive: true });
  });
  const lines: string[] = [];
  const log = createLogger(
    { level: 'trace', format: 'json' },
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const definition = { validation: { preset: 'standard', rules: {} }, connectors: [] } as const;
  const validator = createValidator({ bus, definition, log, deadlineMs, memoryMb: 64, worker });
  const verdicts = await bus.consume('verdicts', { filter: [VALIDATED_ANY, subjects.errors] });
  return { bus, verdicts, validator, log: () => lines.join('') };
}

/** Runs one thread after another, as the validator's actor does, until that many verdicts have come. */
async function judgeAll({ validator, verdicts }: Bench, count: number): Promise<readonly StoredMessage[]> {
  const found: StoredMessage[] = [];
  const over = new AbortController();
  const running = (async () => {
    while (!over.signal.aborted) {
      const thread = await validator.start(new AbortController().signal);
      current = thread;
      await thread.exited;
    }
  })();
  while (found.length < count) {
    for (const delivery of await verdicts.fetch(count)) {
      found.push(delivery);
      delivery.ack();
    }
  }
  over.abort();
  await current?.stop();
  await running;
  return found;
}

let current: Awaited<ReturnType<Bench['validator']['start']>> | undefined;

function rulesOf(message: StoredMessage): readonly string[] {
  const issues = JSON.parse(message.headers[header.issues] ?? '[]') as Issue[];
  return issues.filter((issue) => issue.severity === 'error').map((issue) => issue.rule);
}

const harmful: readonly [Harm, string, string][] = [
  ['THROW', 'throws', 'message/validation-crash'],
  ['HANG', 'hangs', 'message/validation-timeout'],
  ['MEMORY', 'exhausts the memory', 'message/validation-crash'],
  ['EXIT', 'ends the thread', 'message/validation-crash'],
];

for (const [harm, what, rule] of harmful) {
  test.serial(
    `a message on which the validator ${what} goes to the errors, and those around it are judged`,
    async (t) => {
      const bench = await setUp(t, harm === 'HANG' ? 1000 : undefined);
      const ingest = createIngest(bench.bus);
      for (const id of ['before', harm, 'after']) await ingest('rest', { body: message(id) });
      const verdicts = await judgeAll(bench, 3);
      const ofHarm = verdicts.find((one) => Buffer.from(one.body).includes(`|${harm}|`));
      t.deepEqual(ofHarm && rulesOf(ofHarm), [rule]);
      t.is(ofHarm?.subject, subjects.errors);
      t.is(verdicts.filter((one) => one.subject === 'lfh.healthos.validated.hl7v2').length, 2);
      t.deepEqual(new Set(verdicts.map((one) => one.headers[header.dataId])).size, 3);
      t.false(bench.log().includes('CANARY'));
    },
  );
}

test.serial('verdicts come in the order in which the messages were taken in', async (t) => {
  const bench = await setUp(t);
  const ingest = createIngest(bench.bus);
  const receipts = await Promise.all(
    Array.from({ length: 500 }, (_, i) => ingest('rest', { body: message(String(i)) })),
  );
  const verdicts = await judgeAll(bench, 500);
  t.deepEqual(
    verdicts.map((one) => one.headers[header.dataId]),
    receipts.map((receipt) => receipt.dataId),
  );
});

test.serial('a message of unknown format goes to the errors with the rule that says so', async (t) => {
  const bench = await setUp(t);
  await createIngest(bench.bus)('rest', { body: new TextEncoder().encode('hello') });
  const [verdict] = await judgeAll(bench, 1);
  t.deepEqual(verdict && rulesOf(verdict), ['message/unknown-format']);
  t.is(verdict?.headers[header.format], undefined);
});

test.serial('a large body is judged from the object store', async (t) => {
  const bench = await setUp(t);
  const body = Buffer.concat([message('large'), Buffer.from('NTE|1||x\r'.repeat(40_000))]);
  const stored = await bench.bus.objects.put(Readable.from([body]));
  await createIngest(bench.bus)('rest', { body: { ...stored, head: body.subarray(0, 4096) } });
  const [verdict] = await judgeAll(bench, 1);
  t.is(verdict?.headers[header.type], 'ADT^A01');
  t.is(verdict?.headers[header.bodyRef], stored.ref);
});

test.serial('a large DICOM object is judged by what stands before its pixels', async (t) => {
  const bench = await setUp(t);
  const pixels = Buffer.alloc(2 * 2048 * 2048);
  const large = put(put(ct(), '00280010', 'US', 2048), '00280011', 'US', 2048);
  const body = encodeFile(put(large, '7fe00010', 'OW', pixels), {});
  const chunks = Array.from({ length: Math.ceil(body.length / 65_536) }, (_, i) =>
    body.subarray(i * 65_536, (i + 1) * 65_536),
  );
  const stored = await bench.bus.objects.put(Readable.from(chunks));
  await createIngest(bench.bus)('rest', { body: { ...stored, head: body.subarray(0, 4096) } });
  const [verdict] = await judgeAll(bench, 1);
  t.is(verdict?.subject, 'lfh.healthos.validated.dicom');
  t.is(verdict?.headers[header.type], 'CT Image');
  t.is(verdict?.headers[header.issues], undefined);
});
