/** NatsClient on a real server: streams and core subjects, what is acknowledged, what comes again, what is told. */
import { randomUUID } from 'node:crypto';
import test from 'ava';
import { AckPolicy, connect, headers, nanos, NatsError } from 'nats';
import type { JetStreamManager, Msg, NatsConnection } from 'nats';
import { HealthosError } from '../../src/errors.ts';
import { startNats } from '../brokers/nats.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { bodyOf, enter, receipt, refusing } from './nats-client-world.ts';

let server: NatsServer;
let client: NatsConnection;
let manager: JetStreamManager;

test.before(async () => {
  server = await startNats({ sync: '2m' });
  client = await connect({ servers: server.url });
  manager = await client.jetstreamManager();
});

test.after.always(async () => {
  await client.close();
  await server.remove();
});

/** A stream of its own for each test. */
async function newStream(): Promise<string> {
  const stream = `S${randomUUID()}`;
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  return stream;
}

async function publish(stream: string, bodies: readonly string[], subject = `${stream}.adt`): Promise<void> {
  for (const body of bodies) await client.jetstream().publish(subject, body);
}

const settings = (stream: string, more: Readonly<Record<string, unknown>> = {}) => ({
  servers: server.url,
  stream,
  durable: 'reader',
  ...more,
});

const waiting = async (stream: string): Promise<[number, number]> => {
  const { num_pending, num_ack_pending } = await manager.consumers.info(stream, 'reader');
  return [num_pending, num_ack_pending];
};

/** Asks until somebody listens: the subscription may still be on its way. */
async function ask(subject: string, body: string): Promise<Msg> {
  for (;;) {
    const reply = await client.request(subject, body).catch((thrown: unknown) => {
      if (!(thrown instanceof NatsError) || thrown.code !== '503') throw thrown;
      return undefined;
    });
    if (reply) return reply;
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `MSH|^~\\&|${at}`);

test('messages of a stream are delivered in their order, with their identity, and acknowledged', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  await world.start();
  await publish(stream, numbered(500));
  await world.arrived(500);
  await world.end();
  t.deepEqual(world.arrivals.map(bodyOf), numbered(500));
  t.is(new Set(world.arrivals.map(({ sourceKey }) => sourceKey)).size, 500);
  t.like(world.arrivals[6]?.source, {
    'Healthos-Source-Subject': `${stream}.adt`,
    'Healthos-Source-Stream': stream,
    'Healthos-Source-Sequence': '7',
  });
  t.deepEqual(await waiting(stream), [0, 0]);
});

test('nothing is acknowledged before it is stored', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  const stored = Promise.withResolvers<typeof receipt>();
  world.answer = () => stored.promise;
  await world.start();
  await publish(stream, ['MSH|1']);
  await world.arrived(1);
  t.deepEqual(await waiting(stream), [0, 1]);
  t.is(await world.connector.lag?.(), 1);
  stored.resolve(receipt);
  await world.end();
  t.deepEqual(await waiting(stream), [0, 0]);
});

test('a message that cannot be stored ends the run with its fault, and comes again under the same key', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  world.answer = refusing('bus/unavailable');
  const { run } = await world.start();
  await publish(stream, ['MSH|1']);
  await t.throwsAsync(run, { code: 'bus/unavailable' });
  world.answer = () => Promise.resolve(receipt);
  await world.start();
  await world.arrived(2);
  await world.end();
  t.is(world.arrivals[0]?.sourceKey, world.arrivals[1]?.sourceKey);
  t.deepEqual(await waiting(stream), [0, 0]);
});

test('a message that came before, and whose first one is no longer kept, is acknowledged', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  world.answer = () => Promise.reject(new HealthosError('message/body-gone', 'It came before.'));
  await world.start();
  await publish(stream, ['MSH|1']);
  await world.arrived(1);
  await world.end();
  t.deepEqual(await waiting(stream), [0, 0]);
});

test('while it is paused it pulls nothing and gives back what it had; resumed, it goes on', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  await world.start();
  await publish(stream, ['MSH|1']);
  await world.arrived(1);
  world.accept(false);
  await publish(stream, ['MSH|2', 'MSH|3']);
  t.is(await world.connector.lag?.(), 2);
  world.accept(true);
  await world.arrived(3);
  await world.end();
  t.deepEqual(world.arrivals.map(bodyOf), ['MSH|1', 'MSH|2', 'MSH|3']);
});

test('a consumer deleted while it runs is told as such, and made anew', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream, { deliver_policy: 'new' }));
  const { run } = await world.start();
  await manager.consumers.delete(stream, 'reader');
  const fault = await t.throwsAsync(run, { code: 'remote/unknown-consumer' });
  t.regex(fault.message, new RegExp(`Stream ${stream} .* has no consumer reader \\(durable\\)`));
  await world.start();
  await publish(stream, ['MSH|1']);
  await world.arrived(1);
  await world.end();
});

test('a stream deleted while it runs is told as such', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  const { run } = await world.start();
  await manager.streams.delete(stream);
  const fault = await t.throwsAsync(run, { code: 'remote/unknown-stream' });
  t.regex(fault.message, new RegExp(`has no stream ${stream} \\(stream\\)`));
  await t.throwsAsync(world.connect(), { code: 'remote/unknown-stream' });
});

test('a stream that was made anew under its name gives its messages other keys', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  for (const round of [1, 2]) {
    await world.start();
    await publish(stream, ['MSH|1']);
    await world.arrived(round);
    await world.end();
    await manager.streams.delete(stream);
    await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  }
  t.not(world.arrivals[0]?.sourceKey, world.arrivals[1]?.sourceKey);
});

test('a consumer that is there is taken as it is, or its differences are told', async (t) => {
  const stream = await newStream();
  await manager.consumers.add(stream, {
    durable_name: 'reader',
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(7_000),
    filter_subject: `${stream}.lab`,
  });
  const suits = enter(t, settings(stream, { subjects: `${stream}.lab`, ack_wait: '7s' }));
  await suits.connect();
  const differs = enter(t, settings(stream, { subjects: `${stream}.adt`, ack_wait: '9s' }));
  const fault = await t.throwsAsync(differs.connect(), { code: 'config/invalid' });
  t.regex(fault.message, /it reads S.*\.lab, and subjects says S.*\.adt/);
  t.regex(fault.message, /its ack_wait is 7 s, and the file says 9 s/);
});

test('two that share a consumer share its messages', async (t) => {
  const stream = await newStream();
  const [one, two] = [enter(t, settings(stream), 'one'), enter(t, settings(stream), 'two')];
  await one.start();
  await two.start();
  await publish(stream, numbered(200));
  await Promise.race([one.arrived(200), two.arrived(200), drained(stream)]);
  await one.end();
  await two.end();
  const keys = [...one.arrivals, ...two.arrivals].map(({ sourceKey }) => sourceKey);
  t.is(new Set(keys).size, 200);
  t.deepEqual(await waiting(stream), [0, 0]);
});

async function drained(stream: string): Promise<void> {
  while ((await waiting(stream)).some((count) => count > 0)) await client.flush();
}

test('headers are kept, and those that look like the gateway’s own are not believed', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  await world.start();
  const head = headers();
  head.set('Content-Type', 'application/hl7-v2; charset=utf-8');
  head.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  head.set('X-Ward', 'synthetic ward');
  head.set('Healthos-Data-Id', 'forged');
  await client.jetstream().publish(`${stream}.adt`, 'MSH|1', { headers: head });
  await world.arrived(1);
  await world.end();
  t.like(world.arrivals[0], {
    contentType: 'application/hl7-v2',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  t.is(world.arrivals[0]?.source?.['Healthos-Source-Header-X-Ward'], 'synthetic ward');
  t.notRegex(JSON.stringify(world.arrivals[0]), /forged/);
});

test('a large message goes by claim check, and those of its subject wait for their turn', async (t) => {
  const stream = await newStream();
  const world = enter(t, settings(stream));
  await publish(stream, ['MSH|1', 'x'.repeat(300_000), 'MSH|2']);
  await world.start();
  await world.arrived(3);
  await world.end();
  t.deepEqual(world.arrivals.map(bodyOf), ['MSH|1', 'by claim check: 300000', 'MSH|2']);
});

test('a server that is killed and comes back gives again what was not acknowledged', async (t) => {
  const own = await startNats();
  t.teardown(() => own.remove());
  const admin = await connect({ servers: own.url });
  await (await admin.jetstreamManager()).streams.add({ name: 'S', subjects: ['s.>'] });
  for (const body of numbered(20)) await admin.jetstream().publish('s.adt', body);
  await admin.close();
  const world = enter(t, { servers: own.url, stream: 'S', ack_wait: '1s' });
  world.answer = () => new Promise(() => undefined);
  const { run } = await world.start();
  await world.arrived(20);
  await own.kill();
  await t.throwsAsync(run, { code: 'remote/unreachable' });
  await t.throwsAsync(world.connect(), { code: 'remote/unreachable' });
  await own.start();
  world.arrivals.length = 0;
  world.answer = () => Promise.resolve(receipt);
  await world.start();
  await world.arrived(20);
  await world.end();
  t.deepEqual(world.arrivals.map(bodyOf).sort(), numbered(20).sort());
});

test('a server that stands still is left, and taken up when it goes on', async (t) => {
  const own = await startNats();
  t.teardown(() => own.remove());
  const admin = await connect({ servers: own.url });
  await (await admin.jetstreamManager()).streams.add({ name: 'S', subjects: ['s.>'] });
  await admin.jetstream().publish('s.adt', 'MSH|1');
  await admin.close();
  const world = enter(t, { servers: own.url, stream: 'S' });
  const { run } = await world.start();
  await world.arrived(1);
  own.pause();
  const fault = await t.throwsAsync(run, { code: 'remote/unreachable' });
  // Whichever notices first: the ping, the pull, or the lag that was asked for.
  t.regex(fault.message, /does not answer(?: any more)?\.$|broke off/);
  await t.throwsAsync(world.connect(), { code: 'remote/unreachable', message: /does not answer/ });
  own.resume();
  await world.start();
  await world.end();
});

test('the sender of a core message that asked for a reply is told when it is stored, and when it is not', async (t) => {
  const world = enter(t, { servers: server.url, subjects: 'healthy-data' });
  const { run } = await world.start();
  const stored = await ask('healthy-data', 'MSH|1');
  t.deepEqual(stored.json(), {
    status: 'received',
    data_id: receipt.dataId,
    content_type: 'application/hl7-v2',
    format: 'hl7v2',
  });
  t.is(world.arrivals[0]?.source?.['Healthos-Source-Subject'], 'healthy-data');
  world.answer = refusing('bus/full');
  const refused = await client.request('healthy-data', 'MSH|2');
  t.like(refused.json(), { code: 'bus/full', status: 503, type: 'urn:healthos:error:bus/full' });
  t.is(refused.headers?.get('Nats-Service-Error-Code'), '503');
  await t.throwsAsync(run, { code: 'bus/full' });
});

test('two of a queue group share core messages; while one is paused the other has them all', async (t) => {
  const subject = `core.${randomUUID()}`;
  const shared = { servers: server.url, subjects: [subject], queue_group: 'pair' };
  const [one, two] = [enter(t, shared, 'one'), enter(t, shared, 'two')];
  await one.start();
  await two.start();
  while (one.arrivals.length === 0 || two.arrivals.length === 0) await ask(subject, 'MSH|1');
  const each = new Set<unknown>();
  for (const answer of [one, two]) answer.answer = (arrival) => (each.add(arrival), Promise.resolve(receipt));
  for (let at = 0; at < 100; at++) await ask(subject, `MSH|${at}`);
  t.is(each.size, 100);
  one.accept(false);
  const before = one.arrivals.length;
  for (let at = 0; at < 50; at++) await ask(subject, `MSH|${at}`);
  t.is(one.arrivals.length, before);
  await one.end();
  await two.end();
});

test('of core messages only so many wait; the rest is refused and counted', async (t) => {
  const subject = `core.${randomUUID()}`;
  const world = enter(t, { servers: server.url, subjects: subject, max_pending: 2 });
  const stored = Promise.withResolvers<typeof receipt>();
  world.answer = () => stored.promise;
  await world.start();
  const waits = [ask(subject, 'MSH|1'), ask(subject, 'MSH|2')];
  await world.arrived(2);
  const third = await ask(subject, 'MSH|3');
  t.like(third.json(), { code: 'request/rate-limited' });
  t.deepEqual(world.refused, ['request/rate-limited']);
  stored.resolve(receipt);
  await Promise.all(waits);
  await world.end();
  t.is(world.arrivals.length, 2);
});

test('ended in the middle of a batch, it leaves nothing half taken', async (t) => {
  const stream = await newStream();
  await publish(stream, numbered(300));
  const world = enter(t, settings(stream));
  await world.start();
  await world.arrived(10);
  await world.end();
  const [pending, unacknowledged] = await waiting(stream);
  const taken = world.arrivals.length;
  await world.start();
  await world.arrived(300);
  await world.end();
  t.log(`${taken} taken, ${pending} left, ${unacknowledged} given back`);
  t.is(new Set(world.arrivals.map(({ sourceKey }) => sourceKey)).size, 300);
  t.is(world.arrivals.length, 300);
});
