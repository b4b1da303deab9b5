/** Where the messages of the brokers' bench come from: filled before each turn, and read by both contestants. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { Kafka, logLevel } from 'kafkajs';
import { connect } from 'nats';
import type { KafkaBroker } from '../brokers/kafka.ts';

export interface Feed {
  /** The topic or the stream. */
  readonly name: string;
  /** The connector's `config` that reads it, as JSON is YAML. */
  readonly connector: Readonly<Record<string, unknown>>;
  /** Puts so many messages there, for whoever reads. */
  fill(messages: number): Promise<void>;
  /** Sends so many messages to a reader that is sent to rather than reads; resolves when all are answered. */
  send(url: string, messages: number): Promise<void>;
  close(): Promise<void>;
}

const body = readFileSync(new URL('../../src/samples/hl7v2/adt-a01.hl7', import.meta.url));
/** So many are published at once. */
const BATCH = 500;
const CONNECTIONS = 64;
/**
 * A Kafka client that rested looks again after so long at the latest: time that is not spent on messages.
 */
export const KAFKA_WAIT_MS = 50;
const nothing = (): Promise<void> => Promise.resolve();

export async function kafkaFeed(broker: KafkaBroker): Promise<Feed> {
  const topic = `feed-${randomUUID()}`;
  await broker.createTopic(topic, 4);
  const producer = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  return {
    name: topic,
    connector: {
      type: 'KafkaConsumer',
      bootstrap_servers: broker.plain,
      topics: [topic],
      group_id: `healthos-${topic}`,
      auto_offset_reset: 'earliest',
      fetch_max_wait_ms: KAFKA_WAIT_MS,
    },
    fill: (messages) =>
      inBatches(messages, async (count) => {
        await producer.send({
          topic,
          messages: Array.from({ length: count }, () => ({ key: randomUUID(), value: body })),
        });
      }),
    send: nothing,
    close: () => producer.disconnect(),
  };
}

export async function streamFeed(url: string): Promise<Feed> {
  const stream = `feed-${randomUUID()}`;
  const connection = await connect({ servers: url });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  const jetStream = connection.jetstream();
  return {
    name: stream,
    connector: { type: 'NatsClient', servers: url, stream, durable: 'healthos', subjects: [`${stream}.>`] },
    fill: (messages) =>
      inBatches(messages, async (count) => {
        await Promise.all(Array.from({ length: count }, () => jetStream.publish(`${stream}.in`, body)));
      }),
    send: nothing,
    close: () => connection.close(),
  };
}

export function restFeed(): Feed {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return {
    name: 'rest',
    connector: { type: 'RestEndpoint', url: '/ingress', http_method: 'post' },
    fill: nothing,
    async send(url, messages) {
      let left = messages;
      const client = async (): Promise<void> => {
        while (left-- > 0) await post(agent, url);
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, client));
    },
    close() {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

async function inBatches(messages: number, publish: (count: number) => Promise<void>): Promise<void> {
  for (let left = messages; left > 0; left -= BATCH) await publish(Math.min(left, BATCH));
}

function post(agent: Agent, url: string): Promise<void> {
  const headers = { 'Content-Type': 'application/hl7-v2', 'Content-Length': body.byteLength };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/ingress`, { agent, method: 'POST', headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 202) resolve();
        else reject(new Error(`The answer was ${String(response.statusCode)}.`));
      });
    });
    sent.once('error', reject).end(body);
  });
}
