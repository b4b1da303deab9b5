/**
 * What the clients alone can do, used with care: read a message, publish it as received and once more as judged, each with
 * the headers that it has from a gateway and under a key of its own, and acknowledge it when both are stored. No
 * validation, no journal.
 */
import { randomUUID } from 'node:crypto';
import Koa from 'koa';
import { Kafka, logLevel } from 'kafkajs';
import { AckPolicy, connect, headers } from 'nats';
import type { JetStreamClient, MsgHdrs, NatsConnection } from 'nats';
import type { Contestant } from './contestant.ts';
import { type Feed, KAFKA_WAIT_MS } from './feeds.ts';
import { freePort } from './gateway.ts';

const STREAM = 'bare';
/** So many messages are under way at once. */
const AT_ONCE = 1024;

/** Both of a message's copies are stored; a message that comes again under its key is not stored twice. */
type Publish = (body: Uint8Array, key: string) => Promise<void>;

interface Target {
  readonly connection: NatsConnection;
  readonly publish: Publish;
}

async function openTarget(url: string): Promise<Target> {
  const connection = await connect({ servers: url });
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: STREAM, subjects: [`${STREAM}.>`] });
  return { connection, publish: publishTwice(connection.jetstream()) };
}

function publishTwice(jetStream: JetStreamClient): Publish {
  return async (body, key) => {
    const id = randomUUID();
    const received = headersOf({ ...RECEIVED, 'Healthos-Data-Id': id, 'Healthos-Source-Key': key });
    await jetStream.publish(`${STREAM}.ingress`, body, { msgID: key, headers: received });
    const judged = headersOf({ ...RECEIVED, ...JUDGED, 'Healthos-Data-Id': id, 'Healthos-Source-Key': key });
    await jetStream.publish(`${STREAM}.validated`, body, { msgID: `${id}/verdict`, headers: judged });
  };
}

/** What a gateway says of a message, so that the loop's messages are as large as its are. */
const RECEIVED = {
  'Healthos-Connector': 'source',
  'Healthos-Received-At': '2026-03-01T12:00:00.000Z',
  'Healthos-Format': 'hl7v2',
  'Content-Type': 'application/hl7-v2',
  'Healthos-Body-Size': '1024',
};
const JUDGED = {
  'Healthos-Verdict': 'valid',
  'Healthos-Verdict-On': '1000000',
  'Healthos-Version': '2.5.1',
  'Healthos-Type': 'ADT^A01',
  'Healthos-Control-Id': 'ADT0000001',
  'Healthos-Sender': 'ADT1 LINDEN HOSPITAL',
};

function headersOf(given: Readonly<Record<string, string>>): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(given)) made.set(name, value);
  return made;
}

/** Counts what is done, and tells when as many are done as were asked for; some may be done before they are. */
class Tally {
  #left = 0;
  #all = Promise.withResolvers<undefined>();

  async expect(messages: number): Promise<void> {
    this.#left += messages;
    this.#all = Promise.withResolvers();
    this.add(0);
    await this.#all.promise;
  }

  add(messages: number): void {
    this.#left -= messages;
    if (this.#left <= 0) this.#all.resolve(undefined);
  }
}

/** Large fetches, each published whole before it is resolved; offsets are committed once in a thousand messages. */
export async function readKafka(broker: string, topic: string, url: string): Promise<Contestant> {
  const { connection, publish } = await openTarget(url);
  const consumer = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }).consumer({
    groupId: `bare-${topic}`,
    maxWaitTimeInMs: KAFKA_WAIT_MS,
  });
  const tally = new Tally();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    autoCommitThreshold: 1000,
    autoCommitInterval: 1000,
    partitionsConsumedConcurrently: 4,
    async eachBatch(payload) {
      const { messages, partition } = payload.batch;
      for (let at = 0; at < messages.length; at += AT_ONCE) {
        const some = messages.slice(at, at + AT_ONCE);
        await Promise.all(
          some.map(({ value, offset }) => publish(value ?? new Uint8Array(0), `${partition}/${offset}`)),
        );
        payload.resolveOffset(some.at(-1)?.offset ?? '0');
        await payload.heartbeat();
        tally.add(some.length);
      }
      await payload.commitOffsetsIfNecessary();
    },
  });
  consumer.pause([{ topic }]);
  return {
    name: 'bare loop',
    take(messages) {
      const done = tally.expect(messages);
      consumer.resume([{ topic }]);
      return done.finally(() => consumer.pause([{ topic }]));
    },
    async close() {
      await consumer.disconnect();
      await leave(connection);
    },
  };
}

export async function readStream(source: string, stream: string, url: string): Promise<Contestant> {
  const { connection, publish } = await openTarget(url);
  const reader = await connect({ servers: source });
  const manager = await reader.jetstreamManager();
  await manager.consumers.add(stream, {
    durable_name: 'bare',
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 2 * AT_ONCE,
  });
  const consumer = await reader.jetstream().consumers.get(stream, 'bare');
  return {
    name: 'bare loop',
    async take(messages) {
      const tally = new Tally();
      const done = tally.expect(messages);
      const fetched = await consumer.consume({ max_messages: AT_ONCE });
      const reading = (async () => {
        for await (const message of fetched) {
          void publish(message.data, `${message.seq}`).then(() => {
            message.ack();
            tally.add(1);
          });
        }
      })();
      await done;
      await fetched.close();
      await reading;
    },
    async close() {
      await reader.close();
      await leave(connection);
    },
  };
}

/** A bare Koa app that publishes what it is sent. */
export async function takeRequests(url: string): Promise<Contestant> {
  const { connection, publish } = await openTarget(url);
  const app = new Koa();
  app.use(async (context) => {
    const chunks: Buffer[] = [];
    for await (const chunk of context.req) chunks.push(chunk as Buffer);
    await publish(Buffer.concat(chunks), randomUUID());
    context.status = 202;
    context.body = { status: 'received' };
  });
  const port = await freePort();
  const server = app.listen(port, '127.0.0.1');
  return {
    name: 'bare loop',
    take: (messages: number, feed: Feed) => feed.send(`http://127.0.0.1:${port}`, messages),
    async close() {
      server.closeAllConnections();
      server.close();
      await leave(connection);
    },
  };
}

async function leave(connection: NatsConnection): Promise<void> {
  const manager = await connection.jetstreamManager();
  await manager.streams.delete(STREAM);
  await connection.close();
}
