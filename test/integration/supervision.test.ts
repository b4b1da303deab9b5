/**
 * Faults of real brokers, each leading to its state in words that name what to mend: at start, all at once in one gateway,
 * each mended without a restart of the process; and while a connector runs.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Kafka, logLevel } from 'kafkajs';
import { AckPolicy, connect, RetentionPolicy } from 'nats';
import { brokerCertificates } from '../brokers/certificates.ts';
import { startKafka } from '../brokers/kafka.ts';
import { startNats } from '../brokers/nats.ts';
import { freePorts } from '../brokers/ports.ts';
import { eventually, GatewayProcess } from '../running-gateway.ts';
import {
  addStream,
  type Brokers,
  type Config,
  faults,
  kafkaConfig,
  natsConfig,
  RIGHT,
  ROTATED,
  sasl,
  user,
  withStreams,
  WRONG,
} from './broker-mistakes.ts';
import { message } from './ledger.ts';
import type { ConnectorStatus, StateChange } from '../../src/actors/status.ts';
import type { RateLimit } from '../../src/config/definition.ts';

/** The settings of all connectors, as the file has them. */
const settings = new Map<string, Config>();
/** Of connectors that fetch: so low that nobody sees a message pass by it. */
let limits: Readonly<Record<string, RateLimit>> = {
  'kafka-paced': { per_second: 0.001, burst: 3 },
  'nats-paced': { per_second: 0.001, burst: 3 },
};
/** Far more than what is promised: the machine may be busy. */
const LIMIT_MS = 60_000;
let brokers: Brokers;
let gateway: GatewayProcess;
let file: string;
const folder = mkdtempSync(join(tmpdir(), 'healthos-supervision-'));

test.before(async () => {
  file = join(folder, 'supervision.yaml');
  brokers = await startBrokers();
  await prepare(brokers);
  for (const [id, { wrong }] of Object.entries(faults)) settings.set(id, wrong(brokers));
  for (const [id, config] of Object.entries(good(brokers))) settings.set(id, config);
  writeDefinition();
  gateway = new GatewayProcess({ data: join(folder, 'data'), file }, folder);
  await gateway.ready();
});

test.after.always(async () => {
  gateway.kill('SIGKILL');
  await gateway.exited;
  await Promise.all([brokers.kafka.remove(), brokers.nats.remove(), brokers.tlsNats.remove()]);
  await rm(folder, { recursive: true, force: true });
});

async function startBrokers(): Promise<Brokers> {
  const certificates = await brokerCertificates(join(folder, 'nats-certificates'));
  const { certPath, keyPath } = certificates.server;
  const tls = `tls { cert_file: ${JSON.stringify(certPath)}, key_file: ${JSON.stringify(keyPath)} }`;
  const [kafka, nats, tlsNats] = await Promise.all([
    // The brokers of a site ask for the password again now and then: so a rotated one comes to light.
    startKafka({ properties: 'connections.max.reauth.ms=12000\n' }),
    startNats({ config: natsUser(RIGHT), folder: join(folder, 'nats') }),
    startNats({ config: tls, folder: join(folder, 'nats-tls') }),
  ]);
  return { kafka, nats, tlsNats, ca: certificates.ca.path, deaf: `127.0.0.1:${await freePorts(1)}` };
}

async function prepare({ kafka, nats, tlsNats, ca }: Brokers): Promise<void> {
  await kafka.createTopic('there');
  await kafka.createTopic('deleted');
  await kafka.createTopic('paced');
  for (const stream of ['THERE', 'CONSUMER', 'STREAM', 'PACED']) await addStream(nats, stream);
  await withStreams(nats, RIGHT, async ({ streams, consumers }) => {
    await streams.add({ name: 'QUEUE', subjects: ['QUEUE.>'], retention: RetentionPolicy.Workqueue });
    await consumers.add('QUEUE', { durable_name: 'theirs', ack_policy: AckPolicy.Explicit });
  });
  const connection = await connect({ servers: tlsNats.url, tls: { caFile: ca } });
  await (await connection.jetstreamManager()).streams.add({ name: 'THERE', subjects: ['THERE.>'] });
  await connection.close();
}

/** Connectors that are right from the beginning. */
function good({ kafka, nats }: Brokers): Readonly<Record<string, Config>> {
  return {
    rest: { type: 'RestEndpoint', url: '/ingress', http_method: 'post' },
    'topic-deleted': kafkaConfig(kafka.plain, { topics: ['deleted'], group_id: 'topic-deleted' }),
    'kafka-rotated': kafkaConfig(kafka.saslPlain, { ...sasl('p'), group_id: 'kafka-rotated' }),
    'consumer-deleted': natsConfig(nats.url, { ...user(RIGHT), stream: 'CONSUMER', durable: 'reader' }),
    'stream-deleted': natsConfig(nats.url, { ...user(RIGHT), stream: 'STREAM' }),
    'nats-rotated': natsConfig(nats.url, { ...user(RIGHT), durable: 'nats-rotated' }),
    'kafka-paced': kafkaConfig(kafka.plain, { topics: ['paced'], group_id: 'kafka-paced' }),
    'nats-paced': natsConfig(nats.url, { ...user(RIGHT), stream: 'PACED' }),
  };
}

for (const id of [
  'rest',
  'topic-deleted',
  'kafka-rotated',
  'consumer-deleted',
  'stream-deleted',
  'nats-rotated',
]) {
  test(`${id} runs, whatever the others meet at start`, async (t) => {
    t.is((await comesTo(id, 'running.consuming')).reason, null);
  });
}

for (const [id, fault] of Object.entries(faults)) {
  const { title, becomes, code, names } = fault;
  test(`${title} is ${becomes}, in words that name what to mend; mended and started, it runs`, async (t) => {
    const { reason, transitions, next_retry_at: next } = await comesTo(id, becomes);
    t.log(`${tookMs(transitions)} ms: ${reason?.message}`);
    t.is(reason?.code, code);
    for (const name of names) t.regex(reason?.message ?? '', name);
    t.is(next === null, becomes === 'stopped.failed');
    settings.set(id, fault.mended(brokers));
    writeDefinition();
    await fault.mend?.(brokers);
    t.is(await command(id, 'start'), 200);
    t.is((await comesTo(id, 'running.consuming')).reason, null);
  });
}

const sending: Readonly<Record<string, (bodies: readonly string[]) => Promise<void>>> = {
  async 'kafka-paced'(bodies) {
    const producer = new Kafka({ brokers: [brokers.kafka.plain], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({ topic: 'paced', messages: bodies.map((value) => ({ value })) });
    await producer.disconnect();
  },
  async 'nats-paced'(bodies) {
    const connection = await connect({ servers: brokers.nats.url, user: 'gateway', pass: RIGHT });
    for (const body of bodies) await connection.jetstream().publish('PACED.in', body);
    await connection.close();
  },
};

for (const [id, send] of Object.entries(sending)) {
  test(`${id} takes in what its rate limit allows, stops at once, and has the rest when the limit is gone`, async (t) => {
    await comesTo(id, 'running.consuming');
    await send(Array.from({ length: 8 }, (_, at) => message(`${id}-${at}`)));
    const storedOf = async () =>
      (await gateway.get<ConnectorStatus>(`/admin/connectors/${id}`)).counts.stored;
    await eventually(`${id} to store three`, async () => ((await storedOf()) === 3 ? true : undefined));
    t.is(await command(id, 'stop'), 200);
    t.is((await comesTo(id, 'stopped.byOperator')).reason, null);
    t.true([3, 4].includes(await storedOf()), 'at most what it had in hand more');
    limits = {};
    writeDefinition();
    t.is(await command(id, 'start'), 200);
    await eventually(`${id} to store all`, async () => ((await storedOf()) === 8 ? true : undefined));
    t.like((await comesTo(id, 'running.consuming')).counts, {
      stored: 8,
      duplicate: 0,
      refused: 0,
      failed: 0,
    });
  });
}

test('a topic that is deleted while it is read is said, and read again when it is back', async (t) => {
  await comesTo('topic-deleted', 'running.consuming');
  const seen = changeTo('topic-deleted', 'backoff');
  const began = Date.now();
  await withKafkaAdmin((admin) => admin.deleteTopics({ topics: ['deleted'] }));
  const { reason, at } = await seen('remote/unknown-topic');
  t.log(`${Date.parse(at) - began} ms: ${reason?.message}`);
  t.regex(reason?.message ?? '', /deleted.*topics|topics.*deleted/);
  await brokers.kafka.createTopic('deleted');
  await comesTo('topic-deleted', 'running.consuming');
});

test('a consumer that is deleted while it is read is said, and made again', async (t) => {
  await comesTo('consumer-deleted', 'running.consuming');
  const seen = changeTo('consumer-deleted', 'backoff');
  const began = Date.now();
  await withStreams(brokers.nats, RIGHT, (manager) => manager.consumers.delete('CONSUMER', 'reader'));
  const { reason, at } = await seen('remote/unknown-consumer');
  t.log(`${Date.parse(at) - began} ms: ${reason?.message}`);
  t.regex(reason?.message ?? '', /reader.*durable/);
  await comesTo('consumer-deleted', 'running.consuming');
});

test('a stream that is deleted while it is read is said, and read again when it is back', async (t) => {
  await comesTo('stream-deleted', 'running.consuming');
  const seen = changeTo('stream-deleted', 'backoff');
  const began = Date.now();
  await withStreams(brokers.nats, RIGHT, (manager) => manager.streams.delete('STREAM'));
  const { reason, at } = await seen('remote/unknown-stream');
  t.log(`${Date.parse(at) - began} ms: ${reason?.message}`);
  t.regex(reason?.message ?? '', /STREAM.*stream/);
  await addStream(brokers.nats, 'STREAM');
  await comesTo('stream-deleted', 'running.consuming');
});

test('a password of Kafka that is rotated while it is used has failed, and runs once it is mended', async (t) => {
  await comesTo('kafka-rotated', 'running.consuming');
  await brokers.kafka.changeScramPassword(ROTATED);
  const began = Date.now();
  const { reason, transitions } = await comesTo('kafka-rotated', 'stopped.failed');
  t.log(`${Date.parse(transitions.at(-1)?.at ?? '') - began} ms: ${reason?.message}`);
  t.is(reason?.code, 'remote/credentials');
  t.regex(reason?.message ?? '', /sasl_plain_password/);
  settings.set('kafka-rotated', kafkaConfig(brokers.kafka.saslPlain, sasl(ROTATED)));
  writeDefinition();
  t.is(await command('kafka-rotated', 'start'), 200);
  await comesTo('kafka-rotated', 'running.consuming');
});

test('a password of NATS that is rotated while it is used has failed, and runs once it is mended', async (t) => {
  await comesTo('nats-rotated', 'running.consuming');
  const began = Date.now();
  await rotateNats();
  const { reason, transitions } = await comesTo('nats-rotated', 'stopped.failed');
  t.log(`${Date.parse(transitions.at(-1)?.at ?? '') - began} ms: ${reason?.message}`);
  t.is(reason?.code, 'remote/credentials');
  t.regex(reason?.message ?? '', /password/);
  settings.set('nats-rotated', natsConfig(brokers.nats.url, { ...user(ROTATED), durable: 'nats-rotated' }));
  writeDefinition();
  t.is(await command('nats-rotated', 'start'), 200);
  await comesTo('nats-rotated', 'running.consuming');
});

test('no password was told, neither in a status nor in the log', async (t) => {
  const told = JSON.stringify(await gateway.get('/admin/connectors')) + gateway.log + gateway.stderr;
  for (const password of [WRONG, RIGHT, ROTATED]) t.false(told.includes(password));
});

function writeDefinition(): void {
  const connectors = [...settings].map(([id, config]) => {
    return { type: 'inbound', id, name: id, config, rate_limit: limits[id] };
  });
  writeFileSync(file, `connectors: ${JSON.stringify(connectors)}\nlogging: { level: debug, format: json }\n`);
}

/** Where it does not come to the state, its last transitions say what it did instead. */
async function comesTo(id: string, state: string): Promise<ConnectorStatus> {
  let last: ConnectorStatus | undefined;
  const look = async () => {
    last = await gateway.get<ConnectorStatus>(`/admin/connectors/${id}`);
    return [last.state, `${last.state}.${last.substate}`].includes(state) ? last : undefined;
  };
  try {
    return await eventually(`${id} to be ${state}`, look, LIMIT_MS);
  } catch (cause) {
    throw new Error(`${id}: ${JSON.stringify(last?.transitions.slice(-4))}`, { cause });
  }
}

/** A change that comes after this call: it may be over before it is asked for. */
function changeTo(id: string, state: string) {
  const after = new Date().toISOString();
  return (code: string): Promise<ConnectorStatus['transitions'][number]> =>
    eventually(`${id} to change to ${state} because of ${code}`, async () => {
      const { transitions } = await gateway.get<ConnectorStatus>(`/admin/connectors/${id}`);
      return transitions.find(({ at, to, reason }) => at >= after && to === state && reason?.code === code);
    });
}

async function command(id: string, name: string): Promise<number> {
  const { status } = await fetch(`${gateway.url}/admin/connectors/${id}/${name}`, { method: 'POST' });
  return status;
}

/** From the first try to its end. */
function tookMs(transitions: readonly Pick<StateChange, 'at'>[]): number {
  const [began, ended] = transitions.map(({ at }) => Date.parse(at));
  return (ended ?? NaN) - (began ?? NaN);
}

function natsUser(password: string): string {
  return `authorization { user: gateway, password: ${JSON.stringify(password)} }`;
}

async function withKafkaAdmin(act: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
  const admin = new Kafka({ brokers: [brokers.kafka.plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await act(admin);
  await admin.disconnect();
}

/** The server reads its configuration again, as it does for an operator. */
async function rotateNats(): Promise<void> {
  const { nats } = brokers;
  const configuration = join(folder, 'nats', 'nats.conf');
  await writeFile(configuration, (await readFile(configuration, 'utf8')).replace(RIGHT, ROTATED));
  // Each line that it prints begins with the id of its process.
  const [, pid] = /^\[(\d+)\]/m.exec(nats.log()) ?? [];
  process.kill(Number(pid), 'SIGHUP');
  await nats.printed(/Reloaded server configuration/);
}
