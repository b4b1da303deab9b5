/** The stream of the bus on a real server: made, adopted, purged, and what the server tells of it. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { AckPolicy, connect, DiscardPolicy, nanos, RetentionPolicy, StorageType } from 'nats';
import type { JetStreamManager, NatsConnection, StreamConfig } from 'nats';
import { watchAdvisories } from '../../src/bus/jetstream/advisories.ts';
import type { Advisory } from '../../src/bus/jetstream/advisories.ts';
import { retentionPass } from '../../src/bus/jetstream/retention.ts';
import type { RetentionOptions } from '../../src/bus/jetstream/retention.ts';
import { createRoom } from '../../src/bus/jetstream/room.ts';
import { checkServer } from '../../src/bus/jetstream/server-check.ts';
import { configOf, setUpStream } from '../../src/bus/jetstream/stream-setup.ts';
import type { StreamNeeds } from '../../src/bus/jetstream/stream-setup.ts';
import { subjectNames } from '../../src/bus/jetstream/subject-cover.ts';
import { subjects } from '../../src/bus/subjects.ts';
import { HealthosError } from '../../src/errors.ts';
import { startNats } from '../brokers/nats.ts';
import type { NatsOptions } from '../brokers/nats.ts';

const MEGABYTE = 1024 * 1024;
const DAY_MS = 86_400_000;

const needs: StreamNeeds = {
  name: 'healthos',
  subjects: subjectNames({ ingress: subjects.ingress, errors: subjects.errors }).all,
  duplicateWindowMs: 60_000,
  maxBytes: 64 * MEGABYTE,
  replicas: 1,
};

interface Ground {
  readonly connection: NatsConnection;
  readonly jsm: JetStreamManager;
}

async function server(t: ExecutionContext, options: NatsOptions = {}, user = {}): Promise<Ground> {
  const nats = await startNats(options);
  const connection = await connect({ servers: nats.url, ...user });
  t.teardown(async () => {
    await connection.close();
    await nats.remove();
  });
  return { connection, jsm: await connection.jetstreamManager({ checkAPI: false }) };
}

async function refusal(t: ExecutionContext, work: Promise<unknown>): Promise<string> {
  const error = await t.throwsAsync(work, { instanceOf: HealthosError });
  t.is(error.code, 'bus/foreign-stream');
  return error.message;
}

async function publish({ connection }: Ground, count: number, bytes = 10): Promise<void> {
  const js = connection.jetstream();
  const body = new Uint8Array(bytes);
  for (let sent = 0; sent < count; sent += 500) {
    const some = Array.from({ length: Math.min(500, count - sent) });
    await Promise.all(some.map(() => js.publish(subjects.ingress, body)));
  }
}

async function consumer({ connection, jsm }: Ground, name: string, acknowledge: number): Promise<void> {
  await jsm.consumers.add(needs.name, {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    filter_subject: subjects.ingress,
  });
  const reader = await connection.jetstream().consumers.get(needs.name, name);
  for (let left = acknowledge; left > 0;) {
    const messages = await reader.fetch({ max_messages: Math.min(left, 500) });
    for await (const message of messages) {
      await message.ackAck();
      left -= 1;
    }
  }
}

function retention({ connection, jsm }: Ground, options: Partial<RetentionOptions> = {}): RetentionOptions {
  return { connection, jsm, stream: needs.name, maxAgeMs: 7 * DAY_MS, maxBytes: needs.maxBytes, ...options };
}

test('a stream that is not there is made as the bus needs it, and adopted the next time', async (t) => {
  const { jsm } = await server(t);
  const { info, notices } = await setUpStream(jsm, needs);
  t.like(info.config, {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_bytes: needs.maxBytes,
    duplicate_window: nanos(60_000),
    allow_direct: true,
  });
  t.deepEqual(notices, []);
  t.is((await setUpStream(jsm, needs)).info.created, info.created);
  await Promise.all([setUpStream(jsm, needs), setUpStream(jsm, { ...needs, maxBytes: 2 * MEGABYTE })]);
});

const differing: readonly [string, Partial<StreamConfig>, RegExp][] = [
  [
    'an age limit',
    { max_age: nanos(DAY_MS) },
    /max_age would delete.*nats stream edit healthos --max-age=0s\./,
  ],
  [
    'other subjects',
    { subjects: ['lfh.healthos.ingress', 'mine'] },
    /lacks the subjects lfh\.healthos\.ingress\.errors, .*--subjects=lfh\.healthos\.ingress,mine,lfh\.healthos\.ingress\.errors/,
  ],
  [
    'work-queue retention',
    { retention: RetentionPolicy.Workqueue },
    /retention is workqueue.*app\.messaging\.stream_name/,
  ],
  ['memory storage', { storage: StorageType.Memory }, /kept in memory/],
  ['discard old', { discard: DiscardPolicy.Old }, /--discard=new/],
  [
    'a short duplicate window',
    { duplicate_window: nanos(1000) },
    /duplicate keys for 1 s.*--dupe-window=60s/,
  ],
  ['a limit of messages', { max_msgs: 10 }, /--max-msgs=-1/],
  ['small messages only', { max_msg_size: 1000 }, /--max-msg-size=-1/],
];

for (const [what, difference, sentence] of differing) {
  test(`a stream with ${what} is explained, and left as it is`, async (t) => {
    const { jsm } = await server(t);
    const made = await jsm.streams.add({ ...configOf(needs), ...difference });
    t.regex(await refusal(t, setUpStream(jsm, needs)), sentence);
    t.deepEqual((await jsm.streams.info(needs.name)).config, made.config);
  });
}

test('all differences are told at once, and a stream that covers more subjects is none', async (t) => {
  const { jsm } = await server(t);
  const wide = { ...configOf(needs), subjects: ['lfh.healthos.>'] };
  await jsm.streams.add({ ...wide, max_age: nanos(DAY_MS), discard: DiscardPolicy.Old });
  const message = await refusal(t, setUpStream(jsm, needs));
  t.regex(message, /--max-age=0s/);
  t.regex(message, /--discard=new/);
  t.notRegex(message, /--subjects/);
  await jsm.streams.update(needs.name, { max_age: 0, discard: DiscardPolicy.New });
  await t.notThrowsAsync(setUpStream(jsm, needs));
});

test('another size than the configured one is no fault, and said', async (t) => {
  const { jsm } = await server(t);
  await setUpStream(jsm, needs);
  const { notices } = await setUpStream(jsm, { ...needs, maxBytes: 2 * MEGABYTE });
  t.regex(notices[0] ?? '', /room for 67108864 bytes.*max_bytes says 2097152.*--max-bytes=2097152/);
});

test('a stream of another name that has the subjects is named', async (t) => {
  const { jsm } = await server(t);
  await jsm.streams.add({ name: 'hospital', subjects: ['lfh.>'] });
  t.regex(
    await refusal(t, setUpStream(jsm, needs)),
    /belong to the stream hospital.*nats stream edit hospital/,
  );
});

test('more room than the server has, and more replicas than it has servers, are said', async (t) => {
  const { jsm } = await server(t);
  t.regex(await refusal(t, setUpStream(jsm, { ...needs, maxBytes: 1e12 })), /max_file.*retention\.max_bytes/);
  t.regex(await refusal(t, setUpStream(jsm, { ...needs, replicas: 3 })), /app\.messaging\.replicas/);
});

test('an old message that every durable consumer is done with is purged, and no other', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  await publish(ground, 100);
  await consumer(ground, 'quick', 100);
  await consumer(ground, 'slow', 40);
  const tomorrow = Date.now() + 8 * DAY_MS;
  t.is((await retentionPass(retention(ground), Date.now())).firstSeq, 1);
  const report = await retentionPass(retention(ground), tomorrow);
  t.is(report.firstSeq, 41);
  t.like(report.blocker, { name: 'slow', behind: 60, unattended: true });
  t.deepEqual(await retentionPass(retention(ground), tomorrow), report);
  await ground.jsm.consumers.delete(needs.name, 'slow');
  const after = await retentionPass(retention(ground), tomorrow);
  t.is(after.firstSeq, 101);
  t.is(after.blocker, null);
});

test('a consumer with a narrow filter that has acknowledged nothing keeps its own messages, and what follows', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  await publish(ground, 50);
  await ground.connection.jetstream().publish(subjects.deadletter, 'wanted');
  await publish(ground, 50);
  await consumer(ground, 'quick', 100);
  await ground.jsm.consumers.add(needs.name, {
    durable_name: 'narrow',
    ack_policy: AckPolicy.Explicit,
    filter_subject: subjects.deadletter,
  });
  const report = await retentionPass(retention(ground), Date.now() + 8 * DAY_MS);
  t.is(report.firstSeq, 51);
  t.like(report.blocker, { name: 'narrow', behind: 1 });
});

test('nothing is purged while no durable consumer has seen it', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  await publish(ground, 10);
  t.is((await retentionPass(retention(ground), Date.now() + 8 * DAY_MS)).firstSeq, 1);
});

test('beyond the size what is done with goes, to a little below the limit and not much further', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  await publish(ground, 2000, 1000);
  await consumer(ground, 'only', 2000);
  const { bytes } = await retentionPass(retention(ground), Date.now());
  const limited = await retentionPass(retention(ground, { maxBytes: bytes / 2 }), Date.now());
  t.true(limited.bytes <= (bytes / 2) * 0.8);
  t.true(limited.bytes > (bytes / 2) * 0.7);
});

test('intake ends at nine tenths of the size, says who keeps it full, and begins again when there is room', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  await consumer(ground, 'slow', 0);
  const options = retention(ground, { maxBytes: MEGABYTE });
  const changes: (string | undefined)[] = [];
  let changed = Promise.withResolvers<undefined>();
  const room = createRoom({
    stream: needs.name,
    pass: () => retentionPass(options, Date.now()),
    everyMs: 20,
    onChange: () => {
      changes.push(room.refusal);
      changed.resolve(undefined);
      changed = Promise.withResolvers();
    },
  });
  t.teardown(() => room.close());
  await room.begin();
  t.is(room.refusal, undefined);
  await publish(ground, 950, 1000);
  const refusal = (): string | undefined => room.refusal;
  while (refusal() === undefined) await changed.promise;
  t.regex(
    refusal() ?? '',
    /nine tenths of 1048576 bytes.*The consumer slow keeps.*nats consumer rm healthos slow/,
  );
  t.true(room.notices.some((notice) => notice.includes('slow')));
  await consumer(ground, 'slow', 950);
  while (room.notices.length > 0 || refusal() !== undefined) await changed.promise;
  t.pass();
});

test('what this gateway stored counts before the next look', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  const options = retention(ground, { maxBytes: MEGABYTE });
  const room = createRoom({
    stream: needs.name,
    pass: () => retentionPass(options, Date.now()),
    onChange: () => undefined,
  });
  t.teardown(() => room.close());
  await room.begin();
  room.stored(0.8 * MEGABYTE);
  t.is(room.refusal, undefined);
  room.stored(0.2 * MEGABYTE);
  t.truthy(room.refusal);
});

test('what the server tells of a consumer and of the stream comes as sentences that say what to do', async (t) => {
  const ground = await server(t);
  await setUpStream(ground.jsm, needs);
  const told: Advisory[] = [];
  let next = Promise.withResolvers<undefined>();
  const advisories = watchAdvisories(ground.connection, needs.name, (advisory) => {
    told.push(advisory);
    next.resolve(undefined);
    next = Promise.withResolvers();
  });
  t.teardown(() => advisories.close());
  const heard = async (kind: Advisory['kind']): Promise<Advisory> => {
    for (;;) {
      const found = told.find((each) => each.kind === kind);
      if (found !== undefined) return found;
      await next.promise;
    }
  };
  await ground.connection.flush();
  // A quorum that is lost needs a cluster that dies; the server's words are the same.
  ground.connection.publish(`$JS.EVENT.ADVISORY.STREAM.QUORUM_LOST.${needs.name}`, '{}');
  t.like(await heard('quorum-lost'), {
    level: 'error',
    message: `The stream ${needs.name} has lost its quorum and stores nothing: start the servers of the cluster that are down.`,
  });
  told.length = 0;
  ground.connection.publish(`$JS.EVENT.ADVISORY.CONSUMER.QUORUM_LOST.${needs.name}.validator`, '{}');
  t.like(await heard('quorum-lost'), { level: 'error', consumer: 'validator' });
  await ground.jsm.consumers.add(needs.name, {
    durable_name: 'once',
    ack_policy: AckPolicy.Explicit,
    max_deliver: 1,
    ack_wait: nanos(50),
  });
  await publish(ground, 1);
  const reader = await ground.connection.jetstream().consumers.get(needs.name, 'once');
  await reader.next({ expires: 5000 });
  // The server counts it as given up when it is asked for the next one.
  await reader.next({ expires: 1000 });
  t.like(await heard('max-deliveries'), { level: 'warn', consumer: 'once', seq: 1 });
  await ground.jsm.consumers.delete(needs.name, 'once');
  t.is((await heard('consumer-deleted')).consumer, 'once');
  await ground.jsm.streams.update(needs.name, { max_bytes: 2 * MEGABYTE });
  t.is((await heard('stream-changed')).level, 'warn');
  await ground.jsm.streams.delete(needs.name);
  t.is((await heard('stream-deleted')).level, 'error');
});

test('where advisories are not permitted, that is said once, with what to permit', async (t) => {
  const config = `authorization { users: [
    { user: u, password: p, permissions: { publish: ">", subscribe: ["_INBOX.>"] } } ] }`;
  const { connection } = await server(t, { config }, { user: 'u', pass: 'p' });
  const told: Advisory[] = [];
  const advisories = watchAdvisories(connection, 'healthos', (advisory) => told.push(advisory));
  await connection.flush();
  await connection.flush();
  advisories.close();
  t.deepEqual(
    told.map(({ kind }) => kind),
    ['not-permitted'],
  );
  t.regex(told[0]?.message ?? '', /\$JS\.EVENT\.ADVISORY\.STREAM\.\*\.healthos/);
});

const system = `accounts {
  SYS: { users: [{ user: sys, password: s }] }
  APP: { jetstream: enabled, users: [{ user: app, password: a }] }
}
system_account: SYS`;

test('a server that takes small messages only is said, with what to set', async (t) => {
  const { connection } = await server(t, { config: 'max_payload: 64KB' });
  const [notice, ...more] = await checkServer(connection, { syncAlways: true });
  t.deepEqual(more, []);
  t.regex(notice ?? '', /no more than 65536 bytes.*max_payload: 1MB/);
});

test('how the server syncs cannot be seen by an ordinary user: it is said with what to set, unless the operator states it', async (t) => {
  const { connection } = await server(t, { config: system }, { user: 'app', pass: 'a' });
  const [notice, ...more] = await checkServer(connection, { syncAlways: false });
  t.deepEqual(more, []);
  t.regex(notice ?? '', /sync_interval: always.*app\.messaging\.sync_always: true/);
  t.deepEqual(await checkServer(connection, { syncAlways: true }), []);
});

for (const [sync, expected] of [
  ['always', /^$/],
  ['2m', /The NATS server nats writes to the disk now and then.*sync_interval: always/],
] as const) {
  test(`a server with sync_interval ${sync} is found out where we may ask it`, async (t) => {
    const { connection } = await server(t, { config: system, sync }, { user: 'sys', pass: 's' });
    t.regex((await checkServer(connection, { syncAlways: true })).join(' '), expected);
  });
}
