/** Ports for a broker: free now, and not of the range that the system hands out to connections of its own. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

const FIRST = 10_000;
const LAST = 32_000;

/**
 * The first of `count` consecutive free ports on 127.0.0.1. All of them are held at once before they are given, and
 * they lie below the ephemeral range, so that a broker which is killed finds them free again when it comes back.
 */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count));
    if ((await takenPorts(first, count)).length === 0) return first;
  }
}

/** Those of `count` ports from `first` on that something else listens on. */
export async function takenPorts(first: number, count = 1): Promise<readonly number[]> {
  const ports = Array.from({ length: count }, (_, index) => first + index);
  const held = await Promise.all(ports.map(hold));
  await Promise.all(held.map(release));
  return ports.filter((_, index) => held[index] === undefined);
}

/** Calls until the ports that were free when they were chosen still are; another process may have been quicker. */
export async function onFreePorts<T>(count: number, start: (first: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePorts(count));
    } catch (error) {
      if (attempt === 5 || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && /address already in use/i.test(error.message);
}

async function release(server: Server | undefined): Promise<void> {
  if (server) await once(server.close(), 'close');
}

async function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
