/** The world around a KafkaConsumer: a real broker for the file, and a topic and a group of its own for each test. */
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { Admin, CompressionTypes, Kafka, Message, Producer } from 'kafkajs';
import { registerCodecs } from '../../src/connectors/kafka-consumer/codecs.ts';
import { tameRequestQueue } from '../../src/connectors/kafka-consumer/request-queue.ts';
import { startKafka } from '../brokers/kafka.ts';
import type { KafkaBroker } from '../brokers/kafka.ts';
import type { FetchingHarness, FetchingKindHarness } from '../connectors/fetching-contract.ts';

export const kafkaConsumerHarness: FetchingKindHarness = {
  open,
  refused: { bootstrap_servers: 'http://no' },
};

/** Whatever has no list is open to all; clients in the clear may do everything, and write lists. */
const ACCESS_CONTROL = `authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS
`;

/** A broker, and a client that produces and looks. */
export interface KafkaWorld {
  readonly broker: KafkaBroker;
  /** Its data lies in `log`. */
  readonly folder: string;
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly admin: Admin;
  close(): Promise<void>;
}

/** Resolves when the broker answers. */
export async function openKafkaWorld(): Promise<KafkaWorld> {
  registerCodecs();
  tameRequestQueue();
  const folder = await mkdtemp(join(tmpdir(), 'healthos-kafka-'));
  const broker = await startKafka({ folder, properties: ACCESS_CONTROL });
  const kafka = new kafkajs.Kafka({
    brokers: [broker.plain],
    clientId: 'test',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 20, maxRetryTime: 500 },
  });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  await admin.listTopics();
  return {
    broker,
    folder,
    kafka,
    producer,
    admin,
    async close() {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
      await broker.remove();
    },
  };
}

let shared: Promise<KafkaWorld> | undefined;

/** The broker of this process. */
export function kafkaWorld(): Promise<KafkaWorld> {
  shared ??= openKafkaWorld();
  return shared;
}

/** For the end of a file of tests. */
export async function closeKafkaWorld(): Promise<void> {
  const world = await shared;
  shared = undefined;
  await world?.close();
}

async function open(): Promise<FetchingHarness> {
  const { broker, admin, producer } = await kafkaWorld();
  const topic = `contract-${randomUUID()}`;
  await broker.createTopic(topic);
  const group = `group-${randomUUID()}`;
  await coordinated(admin, group);
  return {
    config: { bootstrap_servers: broker.plain, group_id: group, topics: topic },
    async send(body) {
      await produce(producer, topic, [{ value: body }]);
    },
    waiting: () => waitingOf(admin, group, topic),
    acknowledged: () => allCommitted(admin, group, topic),
    close: () => Promise.resolve(),
  };
}

/** Said by a broker that has just started, or woken: it is yet to take up its groups and its partitions. */
const notYet: ReadonlySet<unknown> = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
]);

/** Resolves when a broker coordinates the group: a broker that starts, or wakes, has to load the topic of offsets first. */
export async function coordinated(admin: Admin, groupId: string): Promise<void> {
  await onceReady(() => admin.fetchOffsets({ groupId, topics: [] }));
}

/** Asks until a broker that has just come up has taken up what it is asked for. */
export async function onceReady<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof Error && 'type' in thrown && notYet.has(thrown.type))) throw thrown;
    }
  }
}

/** The client resolves an empty list where nothing was stored. */
export async function produce(
  producer: Producer,
  topic: string,
  messages: Message[],
  compression: CompressionTypes = kafkajs.CompressionTypes.None,
): Promise<void> {
  const stored = await producer.send({ topic, messages, compression });
  if (stored.length === 0) throw new Error('nothing was stored');
}

/** How many messages of the topic the group has not committed. */
export async function waitingOf(admin: Admin, groupId: string, topic: string): Promise<number> {
  const ends = await admin.fetchTopicOffsets(topic);
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = new Map(offsets?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return ends
    .map(({ partition, high }) => Number(high) - Math.max(0, committed.get(partition) ?? 0))
    .reduce((sum, waiting) => sum + waiting, 0);
}

/** Asks until the group has committed everything: the broker tells nobody when it does. */
export async function allCommitted(admin: Admin, groupId: string, topic: string): Promise<void> {
  while ((await onceReady(() => waitingOf(admin, groupId, topic))) > 0);
}
