/** The real brokers that the other tests stand on: they keep their data over a kill, and each way in works. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { connect } from 'nats';
import { startInfra, DEMO_STREAM, DEMO_SUBJECT } from '../brokers/infra.ts';
import { startKafka } from '../brokers/kafka.ts';
import type { KafkaBroker } from '../brokers/kafka.ts';
import { startNats, startNatsCluster } from '../brokers/nats.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { freePorts, takenPorts } from '../brokers/ports.ts';

let kafka: KafkaBroker;

test.before(async () => {
  kafka = await startKafka();
});

test.after.always(() => kafka.remove());

type Way = (broker: KafkaBroker) => Omit<KafkaConfig, 'brokers'> & { readonly brokers: string[] };

const WAYS: readonly (readonly [string, Way])[] = [
  ['without anything', ({ plain }) => ({ brokers: [plain] })],
  [
    'by SASL PLAIN',
    ({ saslPlain, users }) => ({ brokers: [saslPlain], sasl: { mechanism: 'plain', ...users.plain } }),
  ],
  [
    'by SCRAM-SHA-256',
    ({ saslPlain, users }) => ({
      brokers: [saslPlain],
      sasl: { mechanism: 'scram-sha-256', ...users.scram },
    }),
  ],
  [
    'by SCRAM-SHA-512 over TLS',
    ({ saslSsl, users, ca }) => ({
      brokers: [saslSsl],
      sasl: { mechanism: 'scram-sha-512', ...users.scram },
      ssl: { ca: ca.pem },
    }),
  ],
  [
    'by SASL PLAIN over TLS',
    ({ saslSsl, users, ca }) => ({
      brokers: [saslSsl],
      sasl: { mechanism: 'plain', ...users.plain },
      ssl: { ca: ca.pem },
    }),
  ],
  ['by TLS', ({ ssl, ca }) => ({ brokers: [ssl], ssl: { ca: ca.pem } })],
  [
    'by mutual TLS',
    ({ mutual, ca, client }) => ({
      brokers: [mutual],
      ssl: { ca: ca.pem, cert: client.cert, key: client.key },
    }),
  ],
];

for (const [name, way] of WAYS) {
  test(`Kafka takes a message and gives it back to a client that comes ${name}`, async (t) => {
    const topic = `way-${name.replaceAll(' ', '-')}`;
    await kafka.createTopic(topic);
    t.is(await roundTrip(t, way(kafka), topic), 'synthetic');
  });
}

test('Kafka refuses a client without a certificate where it asks for one', async (t) => {
  const { mutual: broker, ca } = kafka;
  const admin = clientOf({ brokers: [broker], ssl: { ca: ca.pem }, retry: { retries: 0 } }).admin();
  await t.throwsAsync(admin.connect());
});

test('a Kafka that was killed comes back on its port with its messages', async (t) => {
  await kafka.createTopic('killed');
  const config = { brokers: [kafka.plain] };
  await produce(config, 'killed');
  await kafka.kill();
  await kafka.start();
  t.is(await firstMessage(t, config, 'killed'), 'synthetic');
});

test('a Kafka that was paused goes on where it was', async (t) => {
  await kafka.createTopic('paused');
  kafka.pause();
  const sent = produce({ brokers: [kafka.plain] }, 'paused');
  kafka.resume();
  await sent;
  t.is(await highOffset(kafka, 'paused'), '1');
});

test('a changed SCRAM password lets in nobody with the old one', async (t) => {
  await kafka.changeScramPassword('another');
  const as = (password: string) =>
    clientOf({
      brokers: [kafka.saslPlain],
      sasl: { mechanism: 'scram-sha-512', username: kafka.users.scram.username, password },
    }).admin();
  await t.throwsAsync(as('p').connect(), { message: /SCRAM-SHA-512/ });
  const admin = as('another');
  await t.notThrowsAsync(admin.connect());
  await admin.disconnect();
  await kafka.changeScramPassword('p');
});

test('a NATS server that was killed comes back on its port with what its JetStream had acknowledged', async (t) => {
  const server = await temporaryNats(t);
  t.is(await publish(server, 'synthetic'), 1);
  await server.kill();
  await server.start();
  t.is(await stored(server, 1), 'synthetic');
});

test('a NATS server that was paused goes on where it was, and ends when it is told to, paused or not', async (t) => {
  const server = await temporaryNats(t);
  server.pause();
  const sent = publish(server, 'synthetic');
  server.resume();
  t.is(await sent, 1);
  server.pause();
  await server.stop();
  await t.throwsAsync(connect({ servers: server.url, reconnect: false }), { code: 'CONNECTION_REFUSED' });
});

test('a NATS server takes more configuration, and says why it cannot', async (t) => {
  const server = await startNats({ config: 'authorization { user: synthetic, password: invented }' });
  t.teardown(() => server.remove());
  await t.throwsAsync(connect({ servers: server.url }), { code: 'AUTHORIZATION_VIOLATION' });
  const connection = await connect({ servers: server.url, user: 'synthetic', pass: 'invented' });
  await connection.close();
  await t.throwsAsync(startNats({ config: 'nonsense {' }), { message: /ended before it was ready/ });
});

test('three NATS servers share a stream, and the other two go on when its leader is killed', async (t) => {
  const cluster = await startNatsCluster(3);
  t.teardown(() => cluster.remove());
  const connection = await connect({ servers: cluster.url.split(',') });
  const manager = await connection.jetstreamManager();
  const stream = await manager.streams.add({ name: 'shared', subjects: ['shared'], num_replicas: 3 });
  await connection.jetstream().publish('shared', 'synthetic');
  const leader = cluster.servers.find(({ name }) => name === stream.cluster?.leader);
  t.truthy(leader);
  await connection.close();
  const others = cluster.servers.filter((server) => server !== leader).map(({ url }) => url);
  const second = await connect({ servers: others });
  t.teardown(() => second.close());
  const elections = second.subscribe('$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.shared', { max: 1 });
  await second.flush();
  await leader?.kill();
  for await (const _ of elections) break;
  t.is((await second.jetstream().publish('shared', 'again')).seq, 2);
});

test('the brokers for development hold what the demo needs, and none of them is left when they stop', async (t) => {
  const ports = { bus: await freePorts(1), nats: await freePorts(1), kafka: await freePorts(6) };
  const infra = await startInfra({ ports });
  t.teardown(() => infra.remove());
  const connection = await connect({ servers: infra.nats.url });
  const manager = await connection.jetstreamManager();
  t.is(await manager.streams.find(DEMO_SUBJECT), DEMO_STREAM);
  await connection.close();
  t.is(await highOffset(infra.kafka, DEMO_SUBJECT), '0');
  await t.throwsAsync(startInfra({ ports }), { message: /^The ports \d+, .* are taken\./ });
  await infra.stop();
  await t.throwsAsync(connect({ servers: infra.bus.url, reconnect: false }), { code: 'CONNECTION_REFUSED' });
});

test('npm run infra says where everything is, and leaves nothing running when it is told to end', async (t) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../brokers/run-infra.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    if (text.includes('Ctrl-C stops the brokers.')) child.kill('SIGTERM');
  });
  t.deepEqual(await once(child, 'close'), [0, null]);
  t.regex(printed, /nats:\/\/127\.0\.0\.1:4222.*nats:\/\/127\.0\.0\.1:4224.*127\.0\.0\.1:9093.*Stopping/s);
  t.deepEqual([...(await takenPorts(4222, 3)), ...(await takenPorts(9093, 6))], []);
});

function clientOf(config: KafkaConfig): Kafka {
  return new Kafka({ clientId: 'test', logLevel: logLevel.NOTHING, ...config });
}

async function roundTrip(
  t: ExecutionContext,
  config: KafkaConfig,
  topic: string,
): Promise<string | undefined> {
  await produce(config, topic);
  return firstMessage(t, config, topic);
}

async function firstMessage(
  t: ExecutionContext,
  config: KafkaConfig,
  topic: string,
): Promise<string | undefined> {
  const consumer = clientOf(config).consumer({ groupId: topic });
  t.teardown(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  return new Promise((resolve, reject) => {
    const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
      resolve(message.value?.toString());
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
}

async function produce(config: KafkaConfig, topic: string): Promise<void> {
  const producer = clientOf(config).producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'synthetic' }] });
  await producer.disconnect();
}

async function highOffset({ plain }: KafkaBroker, topic: string): Promise<string | undefined> {
  const admin = clientOf({ brokers: [plain] }).admin();
  await admin.connect();
  const [partition] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return partition?.high;
}

async function temporaryNats(t: ExecutionContext): Promise<NatsServer> {
  const server = await startNats();
  t.teardown(() => server.remove());
  return server;
}

async function publish(server: NatsServer, text: string): Promise<number> {
  const connection = await connect({ servers: server.url });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'kept', subjects: ['kept'] });
  const { seq } = await connection.jetstream().publish('kept', text);
  await connection.close();
  return seq;
}

async function stored(server: NatsServer, seq: number): Promise<string> {
  const connection = await connect({ servers: server.url });
  const manager = await connection.jetstreamManager();
  const message = await manager.streams.getMessage('kept', { seq });
  await connection.close();
  return message.string();
}
