/** The world around a NatsClient: a real server for the file, and a stream of its own for each test. */
import { randomUUID } from 'node:crypto';
import { connect } from 'nats';
import type { NatsConnection } from 'nats';
import { startNats } from '../brokers/nats.ts';
import type { NatsServer } from '../brokers/nats.ts';
import type { FetchingHarness, FetchingKindHarness } from '../connectors/fetching-contract.ts';

export const natsClientHarness: FetchingKindHarness = {
  open,
  refused: { servers: 'http://no', stream: 'S' },
};

let shared: Promise<{ readonly server: NatsServer; readonly client: NatsConnection }> | undefined;

/** For the end of a file of tests. */
export async function closeNatsWorld(): Promise<void> {
  const world = await shared;
  shared = undefined;
  await world?.client.close();
  await world?.server.remove();
}

async function natsWorld() {
  const server = await startNats();
  return { server, client: await connect({ servers: server.url }) };
}

async function open(): Promise<FetchingHarness> {
  shared ??= natsWorld();
  const { server, client } = await shared;
  const stream = `S${randomUUID()}`;
  const manager = await client.jetstreamManager();
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  // By the stream's end: what the consumer says of its pending messages may lag behind a publish that was answered.
  const waiting = async () => {
    const { state } = await manager.streams.info(stream);
    const { ack_floor: acknowledged } = await manager.consumers.info(stream, 'reader');
    return state.last_seq - acknowledged.stream_seq;
  };
  return {
    config: { servers: server.url, stream, durable: 'reader' },
    async send(body) {
      await client.jetstream().publish(`${stream}.in`, body);
    },
    waiting,
    async acknowledged() {
      while ((await waiting()) > 0) await client.flush();
    },
    async close() {
      await manager.streams.delete(stream);
    },
  };
}
