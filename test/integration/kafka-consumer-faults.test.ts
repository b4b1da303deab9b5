/** What a KafkaConsumer says when it cannot read: on each listener of a real broker, in under five seconds. */
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import kafkajs from 'kafkajs';
import type { ErrorCode } from '../../src/errors.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import type { KafkaConsumerConfig } from '../../src/connectors/kafka-consumer/config.ts';
import { kafkaConsumer } from '../../src/connectors/kafka-consumer/index.ts';
import type { KafkaBroker } from '../brokers/kafka.ts';
import { contextOf, receipt } from '../connectors/contract-world.ts';
import { closeKafkaWorld, coordinated, kafkaWorld } from './kafka-harness.ts';

const TOPIC = 'faults';
const GROUP = 'faults';
const WITHIN_MS = 5000;

/** A topic and a group that only somebody else may use. */
const GUARDED = 'guarded';

test.before('topics, and groups that are coordinated', async () => {
  const { broker, admin } = await kafkaWorld();
  await broker.createTopic(TOPIC);
  await broker.createTopic(GUARDED);
  await coordinated(admin, GROUP);
  await coordinated(admin, GUARDED);
  const guard = (resourceType: kafkajs.AclResourceTypes): kafkajs.AclEntry => ({
    resourceType,
    resourceName: GUARDED,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    principal: 'User:somebody',
    host: '*',
    operation: kafkajs.AclOperationTypes.ALL,
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
  });
  const { TOPIC: topic, GROUP: group } = kafkajs.AclResourceTypes;
  await admin.createAcls({ acl: [guard(topic), guard(group)] });
});

test.after.always('its broker ends', closeKafkaWorld);

type Settings = Readonly<Record<string, unknown>>;

/** The code and sentence with which it fails within the limit; `runs` where it does not. */
async function outcomeOf(
  broker: KafkaBroker,
  settings: Settings,
): Promise<{ code: ErrorCode | 'runs'; message: string }> {
  const value: unknown = kafkaConsumer.schema.validate({
    bootstrap_servers: broker.plain,
    group_id: GROUP,
    topics: TOPIC,
    ...settings,
  }).value;
  const { context } = contextOf(undefined);
  const connector = kafkaConsumer.create(value as KafkaConsumerConfig, context);
  const ending = AbortSignal.timeout(WITHIN_MS);
  try {
    await connector.connect(ending);
    const running = connector.run(() => Promise.resolve(receipt), ending);
    await Promise.race([running, joined(connector, ending)]);
    return { code: 'runs', message: '' };
  } catch (thrown) {
    return thrown as { code: ErrorCode; message: string };
  } finally {
    await connector.close();
  }
}

/** A lag is told once it reads its partitions. */
async function joined(connector: Connector, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await connector.lag?.()) === null) await turn();
  signal.throwIfAborted();
}

const plainUser = (password = 'plainpass') => ({
  sasl_plain_username: 'plainuser',
  sasl_plain_password: password,
});
const scramUser = (sasl_mechanism: string, password = 'p') => ({
  sasl_mechanism,
  sasl_plain_username: 'u',
  sasl_plain_password: password,
});

const ways: Readonly<Record<string, (broker: KafkaBroker) => Settings>> = {
  PLAINTEXT: () => ({}),
  SSL: ({ ssl, ca }) => ({ bootstrap_servers: ssl, security_protocol: 'SSL', ssl_cafile: ca.path }),
  'mutual TLS': ({ mutual, ca, client }) => ({
    bootstrap_servers: mutual,
    security_protocol: 'SSL',
    ssl_cafile: ca.path,
    ssl_certfile: client.certPath,
    ssl_keyfile: client.keyPath,
  }),
  'PLAIN in the clear': ({ saslPlain }) => ({
    bootstrap_servers: saslPlain,
    security_protocol: 'SASL_PLAINTEXT',
    ...plainUser(),
  }),
  'SCRAM-SHA-256 in the clear': ({ saslPlain }) => ({
    bootstrap_servers: saslPlain,
    security_protocol: 'SASL_PLAINTEXT',
    ...scramUser('SCRAM-SHA-256'),
  }),
  'SCRAM-SHA-512 over TLS': ({ saslSsl, ca }) => ({
    bootstrap_servers: saslSsl,
    security_protocol: 'SASL_SSL',
    ssl_cafile: ca.path,
    ...scramUser('SCRAM-SHA-512'),
  }),
};

for (const [way, settings] of Object.entries(ways)) {
  test.serial(`it reads by ${way}`, async (t) => {
    const { broker } = await kafkaWorld();
    t.is((await outcomeOf(broker, settings(broker))).code, 'runs');
  });
}

const faults: Readonly<Record<string, readonly [(broker: KafkaBroker) => Settings, ErrorCode, string]>> = {
  'a port at which nothing answers': [
    () => ({ bootstrap_servers: '127.0.0.1:1' }),
    'remote/unreachable',
    'bootstrap_servers 127.0.0.1:1',
  ],
  'a host that nobody knows': [
    () => ({ bootstrap_servers: 'no-such-host.invalid' }),
    'remote/unknown-host',
    'no-such-host.invalid',
  ],
  'a missing topic': [() => ({ topics: 'missing' }), 'remote/unknown-topic', 'topics missing'],
  'a pattern that no topic matches': [
    () => ({ topics: undefined, topic_pattern: 'missing-.*' }),
    'remote/unknown-topic',
    'topic_pattern missing-.*',
  ],
  'a wrong password (PLAIN)': [
    ({ saslPlain }) => ({
      bootstrap_servers: saslPlain,
      security_protocol: 'SASL_PLAINTEXT',
      ...plainUser('wrong-secret'),
    }),
    'remote/credentials',
    'sasl_plain_password',
  ],
  'a wrong password (SCRAM over TLS)': [
    ({ saslSsl, ca }) => ({
      bootstrap_servers: saslSsl,
      security_protocol: 'SASL_SSL',
      ssl_cafile: ca.path,
      ...scramUser('SCRAM-SHA-512', 'wrong-secret'),
    }),
    'remote/credentials',
    'sasl_plain_password',
  ],
  'a certificate that nobody trusts': [
    ({ ssl }) => ({ bootstrap_servers: ssl, security_protocol: 'SSL' }),
    'remote/certificate',
    'ssl_cafile',
  ],
  'no certificate of ours where one is wanted': [
    ({ mutual, ca }) => ({ bootstrap_servers: mutual, security_protocol: 'SSL', ssl_cafile: ca.path }),
    'remote/certificate',
    'ssl_certfile',
  ],
  'no TLS at a listener with TLS': [
    ({ ssl }) => ({ bootstrap_servers: ssl }),
    'remote/protocol',
    'speaks SSL',
  ],
  'TLS at a listener without': [() => ({ security_protocol: 'SSL' }), 'remote/protocol', 'speaks PLAINTEXT'],
  'no password at a listener with passwords': [
    ({ saslPlain }) => ({ bootstrap_servers: saslPlain }),
    'remote/protocol',
    'speaks SASL_PLAINTEXT',
  ],
  'a password at a listener without': [
    () => ({ security_protocol: 'SASL_PLAINTEXT', ...plainUser() }),
    'remote/protocol',
    'security_protocol',
  ],
  'a topic that the account may not read': [
    ({ saslPlain }) => ({
      bootstrap_servers: saslPlain,
      security_protocol: 'SASL_PLAINTEXT',
      topics: GUARDED,
      ...plainUser(),
    }),
    'remote/forbidden',
    `plainuser may not read what topics ${GUARDED}`,
  ],
  'a group that the account may not use': [
    ({ saslPlain }) => ({
      bootstrap_servers: saslPlain,
      security_protocol: 'SASL_PLAINTEXT',
      group_id: GUARDED,
      ...plainUser(),
    }),
    'remote/forbidden',
    `plainuser may not use group_id ${GUARDED}`,
  ],
  'a session that the broker does not allow': [
    () => ({ session_timeout_ms: 100, heartbeat_interval_ms: 50 }),
    'config/invalid',
    'session_timeout_ms 100',
  ],
};

for (const [fault, [settings, code, names]] of Object.entries(faults)) {
  test.serial(`${fault}: ${code}, and the sentence names ${names}`, async (t) => {
    const { broker } = await kafkaWorld();
    const outcome = await outcomeOf(broker, settings(broker));
    t.is(outcome.code, code);
    t.true(outcome.message.includes(names), outcome.message);
    t.false(outcome.message.includes('wrong-secret'));
  });
}

test.serial(
  'a password that was changed is refused at the next connection, and the new one is taken',
  async (t) => {
    const { broker } = await kafkaWorld();
    const way = (password: string) => ({
      bootstrap_servers: broker.saslPlain,
      security_protocol: 'SASL_PLAINTEXT',
      ...scramUser('SCRAM-SHA-256', password),
    });
    t.is((await outcomeOf(broker, way('p'))).code, 'runs');
    await broker.changeScramPassword('changed');
    t.is((await outcomeOf(broker, way('p'))).code, 'remote/credentials');
    t.is((await outcomeOf(broker, way('changed'))).code, 'runs');
  },
);
