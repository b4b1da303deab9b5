/**
 * `npm run demo`: the demo through REST, MLLP, Kafka and NATS, with brokers of its own where none runs yet. Where they
 * cannot be had it says why, and the demo is over REST alone. With `-f FILE` it starts none.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { tameRequestQueue } from '../../src/connectors/kafka-consumer/request-queue.ts';
import { startInfra } from './infra.ts';
import type { Infra } from './infra.ts';
import { takenPorts } from './ports.ts';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/healthos.js');
/** Of the bus and of Kafka: where both are taken, `npm run infra` or Docker has them. */
const PORTS = [4222, 9093];

async function main(args: readonly string[]): Promise<void> {
  const given = args.some((arg) => /^(-f|--file|-h|--help)/.test(arg));
  const infra = given || (await areRunning()) ? undefined : await start();
  try {
    process.exitCode = await demo(args);
  } finally {
    await infra?.remove();
  }
}

async function areRunning(): Promise<boolean> {
  const taken = await Promise.all(PORTS.map((port) => takenPorts(port)));
  return taken.every((ports) => ports.length > 0);
}

async function start(): Promise<Infra | undefined> {
  // The topic is made by a client that would otherwise warn of its own timers.
  tameRequestQueue();
  say('Starting NATS and Kafka for the demo; the first time they are downloaded …');
  try {
    return await startInfra();
  } catch (error) {
    say(`They cannot be started. ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Resolves with its exit status. It has the terminal; a signal that ends us ends it first. */
async function demo(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [LAUNCHER, 'demo', ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both: we wait, and the brokers are ended last.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  await once(child, 'exit');
  return child.exitCode ?? 1;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await main(process.argv.slice(2));
