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
  const waiting = async () => {
    const { num_pending, num_ack_pending } = await manager.consumers.info(stream, 'reader');
    return num_pending + num_ack_pending;
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
