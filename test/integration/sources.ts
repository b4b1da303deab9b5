/**
 * The other side of a broker: producers that keep their own book of what the broker acknowledged, and a look at what the
 * broker holds. They know nothing of the gateway.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { connect } from 'nats';
import type { Producer } from 'kafkajs';
import type { NatsConnection } from 'nats';
import type { Broker } from '../brokers/child-broker.ts';
import type { KafkaBroker } from '../brokers/kafka.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { onceReady } from './kafka-harness.ts';
import { message } from './ledger.ts';

export interface Source {
  readonly name: string;
  readonly broker: Broker;
  /** The `config` of the connector that reads it; `suffix` tells one group from another. */
  readonly connector: Readonly<Record<string, unknown>>;
  /** A client that sends one message; resolves when the broker acknowledged it. */
  open(): Promise<Sender>;
  /** The control ids of all that the broker holds, as often as it holds them. */
  held(): Promise<string[]>;
}

export interface Sender {
  send(controlId: string): Promise<void>;
  close(): Promise<void>;
}

/** A message of about 1 KB whose control id tells it from others. */
export function padded(controlId: string): string {
  return `${message(controlId)}NTE|1||${'synthetic '.repeat(75)}\r`;
}

export function controlIdOf(body: string): string {
  return body.split('|', 10)[9] ?? '';
}

/** How soon a broker gives the partitions of a member that was killed to the next one. */
const SESSION_MS = 2_000;
/** Lets a broker have sessions as short as that. */
export const shortSessions = 'group.min.session.timeout.ms=1000\n';

export async function kafkaSource(broker: KafkaBroker, partitions = 4): Promise<Source> {
  const topic = `source-${randomUUID()}`;
  await broker.createTopic(topic, partitions);
  const kafka = new Kafka({
    brokers: [broker.plain],
    logLevel: logLevel.NOTHING,
    requestTimeout: 3_000,
    retry: { retries: 1 },
  });
  return {
    name: 'Kafka',
    broker,
    connector: {
      type: 'KafkaConsumer',
      bootstrap_servers: broker.plain,
      topics: [topic],
      group_id: `group-${topic}`,
      auto_offset_reset: 'earliest',
      session_timeout_ms: SESSION_MS,
      heartbeat_interval_ms: SESSION_MS / 4,
    },
    open: () => kafkaSender(kafka, topic),
    held: () => heldByKafka(kafka, topic),
  };
}

/** Where the broker did not answer, the next client sends again; what the topic holds twice then is in its book. */
function kafkaSender(kafka: Kafka, topic: string): Promise<Sender> {
  let producer: Producer | undefined;
  return Promise.resolve({
    async send(controlId) {
      producer ??= await connected(kafka);
      const messages = [{ key: controlId, value: padded(controlId) }];
      const sent = await producer.send({ topic, messages, acks: -1 }).catch(async (thrown: unknown) => {
        await producer?.disconnect().catch(() => undefined);
        producer = undefined;
        throw thrown;
      });
      if (sent.length === 0) throw new Error('The broker did not say that it stored it.');
    },
    close: async () => producer?.disconnect(),
  });
}

async function connected(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer();
  await producer.connect();
  return producer;
}

async function heldByKafka(kafka: Kafka, topic: string): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await onceReady(() => admin.fetchTopicOffsets(topic));
  await admin.disconnect();
  const total = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const found: string[] = [];
  if (total === 0) return found;
  const consumer = kafka.consumer({ groupId: `look-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const all = Promise.withResolvers<undefined>();
  await consumer.run({
    eachMessage: ({ message: { value } }) => {
      found.push(controlIdOf(String(value)));
      if (found.length === total) all.resolve(undefined);
      return Promise.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return found;
}

export async function streamSource(server: NatsServer): Promise<Source> {
  const stream = `source-${randomUUID()}`;
  const connection = await connect({ servers: server.url });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  await connection.close();
  return {
    name: 'JetStream',
    broker: server,
    connector: {
      type: 'NatsClient',
      servers: server.url,
      stream,
      durable: 'healthos',
      subjects: [`${stream}.>`],
    },
    open: () => streamSender(server.url, `${stream}.in`),
    held: () => heldByStream(server.url, stream),
  };
}

function streamSender(url: string, subject: string): Promise<Sender> {
  let connection: NatsConnection | undefined;
  return Promise.resolve({
    async send(controlId) {
      connection ??= await connect({ servers: url, reconnect: false, timeout: 2_000 });
      const options = { msgID: controlId, timeout: 3_000 };
      await connection
        .jetstream()
        .publish(subject, padded(controlId), options)
        .catch(async (thrown: unknown) => {
          await connection?.close().catch(() => undefined);
          connection = undefined;
          throw thrown;
        });
    },
    close: async () => connection?.close(),
  });
}

async function heldByStream(url: string, stream: string): Promise<string[]> {
  const connection = await connect({ servers: url });
  const { state } = await (await connection.jetstreamManager()).streams.info(stream);
  const found: string[] = [];
  const ordered = await connection.jetstream().consumers.get(stream);
  if (state.messages > 0)
    for await (const held of await ordered.consume()) {
      found.push(controlIdOf(held.string()));
      if (found.length === state.messages) break;
    }
  await connection.close();
  return found;
}

const PACE_MS = 15;

/** Producers that send one message after the other, each until the broker has acknowledged it. */
export class Producers {
  readonly acknowledged = new Set<string>();
  readonly #source: Source;
  readonly #ends: Promise<void>[] = [];
  #stopped = false;
  #abandoned = false;
  #sent = 0;

  constructor(source: Source, count: number) {
    this.#source = source;
    for (let each = 0; each < count; each++) this.#ends.push(this.#produce());
  }

  /** Resolves when each has the acknowledgement of its last one. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#ends);
  }

  /** Ends them whatever the broker says. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.stop();
  }

  async #produce(): Promise<void> {
    const sender = await this.#source.open();
    while (!this.#stopped) {
      await this.#insist(sender, `P${this.#sent++}`);
      // A steady flow: the book of an hour is not worth reading.
      await setTimeout(PACE_MS);
    }
    await sender.close();
  }

  async #insist(sender: Sender, controlId: string): Promise<void> {
    while (!this.#abandoned) {
      const acknowledged = await sent(sender, controlId);
      if (acknowledged) {
        this.acknowledged.add(controlId);
        return;
      }
      await setTimeout(100);
    }
  }
}

async function sent(sender: Sender, controlId: string): Promise<boolean> {
  return sender.send(controlId).then(
    () => true,
    () => false,
  );
}
