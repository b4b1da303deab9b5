/** Mistakes of a service definition, and what is missing at a broker: each with what it must lead to, and how it is mended. */
import { connect, type JetStreamManager } from 'nats';
import type { KafkaBroker } from '../brokers/kafka.ts';
import type { NatsServer } from '../brokers/nats.ts';

/** Passwords, which nothing may tell: the wrong one, the right ones. */
export const WRONG = 'wrong-zebra-41';
export const RIGHT = 'right-zebra-42';
export const ROTATED = 'rotated-zebra-43';

export type Config = Readonly<Record<string, unknown>>;

export interface Brokers {
  readonly kafka: KafkaBroker;
  readonly nats: NatsServer;
  readonly tlsNats: NatsServer;
  /** Nothing listens there. */
  readonly deaf: string;
  /** Of the authority that `tlsNats` has its certificate from. */
  readonly ca: string;
}

export interface Fault {
  readonly title: string;
  readonly wrong: (brokers: Brokers) => Config;
  readonly becomes: 'stopped.failed' | 'backoff';
  readonly code: string;
  /** What its sentence names: the setting, and the value that is no secret. */
  readonly names: readonly RegExp[];
  readonly mended: (brokers: Brokers) => Config;
  /** What is mended at the other end. */
  readonly mend?: (brokers: Brokers) => Promise<void>;
}

export const kafkaConfig = (bootstrap: string, more: Config = {}): Config => ({
  type: 'KafkaConsumer',
  bootstrap_servers: bootstrap,
  topics: ['there'],
  group_id: 'supervision',
  ...more,
});

export const sasl = (password: string): Config => ({
  security_protocol: 'SASL_PLAINTEXT',
  sasl_mechanism: 'SCRAM-SHA-512',
  sasl_plain_username: 'u',
  sasl_plain_password: password,
});

export const natsConfig = (servers: string, more: Config = {}): Config => ({
  type: 'NatsClient',
  servers,
  stream: 'THERE',
  ...more,
});

export const user = (password: string): Config => ({ user: 'gateway', password });

export const faults: Readonly<Record<string, Fault>> = {
  'kafka-password': {
    title: 'a wrong password of Kafka',
    wrong: ({ kafka }) => kafkaConfig(kafka.saslPlain, sasl(WRONG)),
    becomes: 'stopped.failed',
    code: 'remote/credentials',
    names: [/sasl_plain_password/],
    mended: ({ kafka }) => kafkaConfig(kafka.saslPlain, sasl('p')),
  },
  'kafka-topic': {
    title: 'a missing topic',
    wrong: ({ kafka }) => kafkaConfig(kafka.plain, { topics: ['missing-topic'] }),
    becomes: 'backoff',
    code: 'remote/unknown-topic',
    names: [/topics/, /missing-topic/],
    mended: ({ kafka }) => kafkaConfig(kafka.plain, { topics: ['missing-topic'] }),
    mend: ({ kafka }) => kafka.createTopic('missing-topic'),
  },
  'kafka-certificate': {
    title: 'an untrusted certificate of Kafka',
    wrong: ({ kafka }) => kafkaConfig(kafka.ssl, { security_protocol: 'SSL' }),
    becomes: 'stopped.failed',
    code: 'remote/certificate',
    names: [/ssl_cafile/],
    mended: ({ kafka }) => kafkaConfig(kafka.ssl, { security_protocol: 'SSL', ssl_cafile: kafka.ca.path }),
  },
  'kafka-host': {
    title: 'an unresolvable host of Kafka',
    wrong: () => kafkaConfig('no-such-host.invalid:9092'),
    becomes: 'backoff',
    code: 'remote/unknown-host',
    names: [/bootstrap_servers/, /no-such-host\.invalid/],
    mended: ({ kafka }) => kafkaConfig(kafka.plain),
  },
  'kafka-deaf': {
    title: 'a port at which no Kafka listens',
    wrong: ({ deaf }) => kafkaConfig(deaf),
    becomes: 'backoff',
    code: 'remote/unreachable',
    names: [/127\.0\.0\.1:\d+/],
    mended: ({ kafka }) => kafkaConfig(kafka.plain),
  },
  'nats-password': {
    title: 'a wrong password of NATS',
    wrong: ({ nats }) => natsConfig(nats.url, user(WRONG)),
    becomes: 'stopped.failed',
    code: 'remote/credentials',
    names: [/password/],
    mended: ({ nats }) => natsConfig(nats.url, user(RIGHT)),
  },
  'nats-stream': {
    title: 'a missing stream',
    wrong: ({ nats }) => natsConfig(nats.url, { ...user(RIGHT), stream: 'MISSING' }),
    becomes: 'backoff',
    code: 'remote/unknown-stream',
    names: [/stream/, /MISSING/],
    mended: ({ nats }) => natsConfig(nats.url, { ...user(RIGHT), stream: 'MISSING' }),
    mend: (brokers) => addStream(brokers.nats, 'MISSING'),
  },
  'nats-subject': {
    title: 'a subject that the stream has not',
    wrong: ({ nats }) =>
      natsConfig(nats.url, { ...user(RIGHT), subjects: ['nowhere.>'], durable: 'subject' }),
    becomes: 'backoff',
    code: 'remote/unknown-stream',
    names: [/subjects/, /nowhere\.>/, /THERE\.>/],
    mended: ({ nats }) =>
      natsConfig(nats.url, { ...user(RIGHT), subjects: ['THERE.in'], durable: 'subject' }),
  },
  'nats-work-queue': {
    title: 'a work queue that somebody else reads',
    wrong: ({ nats }) => natsConfig(nats.url, { ...user(RIGHT), stream: 'QUEUE' }),
    becomes: 'stopped.failed',
    code: 'config/invalid',
    names: [/QUEUE/, /work queue/, /durable/],
    mended: ({ nats }) => natsConfig(nats.url, { ...user(RIGHT), stream: 'QUEUE', durable: 'theirs' }),
  },
  'nats-certificate': {
    title: 'an untrusted certificate of NATS',
    wrong: ({ tlsNats }) => natsConfig(tlsNats.url),
    becomes: 'stopped.failed',
    code: 'remote/certificate',
    names: [/tls\.ca/],
    mended: ({ tlsNats, ca }) => natsConfig(tlsNats.url, { tls: { ca } }),
  },
  'nats-host': {
    title: 'an unresolvable host of NATS',
    wrong: () => natsConfig('nats://no-such-host.invalid:4222'),
    becomes: 'backoff',
    code: 'remote/unknown-host',
    names: [/servers/, /no-such-host\.invalid/],
    mended: ({ nats }) => natsConfig(nats.url, user(RIGHT)),
  },
  'nats-deaf': {
    title: 'a port at which no NATS listens',
    wrong: ({ deaf }) => natsConfig(deaf),
    becomes: 'backoff',
    code: 'remote/unreachable',
    names: [/127\.0\.0\.1:\d+/],
    mended: ({ nats }) => natsConfig(nats.url, user(RIGHT)),
  },
};

export function addStream(server: NatsServer, name: string): Promise<void> {
  return withStreams(server, RIGHT, (manager) => manager.streams.add({ name, subjects: [`${name}.>`] }));
}

/** Acts on a server that knows the user. */
export async function withStreams(
  { url }: NatsServer,
  pass: string,
  act: (manager: JetStreamManager) => Promise<unknown>,
): Promise<void> {
  const connection = await connect({ servers: url, user: 'gateway', pass });
  await act(await connection.jetstreamManager());
  await connection.close();
}
