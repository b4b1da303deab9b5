/** One that reads a feed, and is measured at it: the gateway, or a bare loop of the clients. */
import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { connect } from 'nats';
import type { Feed } from './feeds.ts';
import { type Gateway, startGateway } from './gateway.ts';

export interface Contestant {
  readonly name: string;
  /** Resolves when it has read so many messages more of the feed, and is done with each. Reads nothing before and after. */
  take(messages: number, feed: Feed): Promise<void>;
  close(): Promise<void>;
}

export interface GatewayContestant extends Contestant {
  residentMb(): number;
  /** Of its connector; null where it measures none. */
  lag(): Promise<number | null>;
}

const CONNECTOR = 'source';

/** With the embedded bus, or the one at `bus`. Done with a message is: it has its verdict, and the journal knows. */
export async function enterGateway(
  folder: string,
  { bus, config }: { readonly bus: string | undefined; readonly config: Readonly<Record<string, unknown>> },
): Promise<GatewayContestant> {
  mkdirSync(folder);
  const messaging = bus === undefined ? '' : `\n  messaging: { url: '${bus}' }`;
  const connector = { type: 'inbound', id: CONNECTOR, name: 'Source', config };
  const gateway = await startGateway(
    folder,
    (port) => `app:
  port: ${port}${messaging}
connectors: [${JSON.stringify(connector)}]
logging: { level: info, format: json }
`,
  );
  await command(gateway, 'pause');
  let wanted = 0;
  return {
    name: 'gateway',
    take(messages, feed) {
      wanted += messages;
      return take(gateway, wanted, () => feed.send(gateway.url, messages));
    },
    residentMb: () => gateway.residentMb(),
    lag: async () => (await status(gateway)).lag,
    async close() {
      await gateway.stop();
      if (bus !== undefined) await clear(bus);
    },
  };
}

/** The next gateway on this bus begins with nothing. */
async function clear(bus: string): Promise<void> {
  const connection = await connect({ servers: bus });
  const manager = await connection.jetstreamManager();
  for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
  await connection.close();
}

/** Until the journal knows so many verdicts. */
async function take(gateway: Gateway, wanted: number, send: () => Promise<void>): Promise<void> {
  const before = (await gateway.overview()).journalled;
  const begun = performance.now();
  await command(gateway, 'resume');
  await send();
  for (;;) {
    const done = (await gateway.overview()).journalled - before;
    const left = wanted - before - done;
    if (left <= 0) break;
    await setTimeout(untilHalfOf(left, done, performance.now() - begun));
  }
  await command(gateway, 'pause');
}

/** A question costs the gateway, and its bus, some requests: it is asked seldom while much is left. Milliseconds. */
function untilHalfOf(left: number, done: number, elapsedMs: number): number {
  return Math.min(200, Math.max(10, (elapsedMs * left) / Math.max(done, 1) / 2));
}

async function command(gateway: Gateway, command: 'pause' | 'resume'): Promise<void> {
  const url = `${gateway.url}/admin/connectors/${CONNECTOR}/${command}`;
  const { ok, status } = await fetch(url, { method: 'POST' });
  if (!ok) throw new Error(`The command ${command} was answered ${status}.`);
}

async function status(gateway: Gateway): Promise<{ readonly lag: number | null }> {
  const response = await fetch(`${gateway.url}/admin/connectors/${CONNECTOR}`);
  return (await response.json()) as { lag: number | null };
}
