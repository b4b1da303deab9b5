/**
 * The bus alone: durable publishes per second, each awaiting its own commit, beside a bare loop in one thread that
 * inserts the same rows into SQLite in transactions of as many. Both in WAL mode with `synchronous=FULL`, on the same
 * disk, in turns. Each runs for a while before it is measured: the store's thread is new each time, and so is its compiled code.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDataFolder } from '../../src/bus/data-folder.ts';
import { openEmbeddedBus } from '../../src/bus/embedded-bus.ts';
import type { MessageBus, OutgoingMessage } from '../../src/bus/message-bus.ts';
import { median, result } from './result.ts';
import type { BenchResult } from './result.ts';

const IN_FLIGHT = [1, 16, 128, 1024] as const;
const GOAL = 0.7;
const ROUNDS = 5;
const ROUND_MS = 700;
const WARM_UP_MS = 500;

const message: OutgoingMessage = {
  subject: 'lfh.healthos.ingress',
  headers: {
    'Healthos-Data-Id': '01981f6e-7c4a-7000-8000-0123456789ab',
    'Healthos-Connector': 'rest-connector',
    'Healthos-Received-At': '2026-01-01T00:00:00.000Z',
    'Healthos-Format': 'hl7v2',
    'Healthos-Version': '2.5.1',
    'Healthos-Type': 'ADT^A01',
    'Content-Type': 'application/hl7-v2',
  },
  body: new Uint8Array(1024).fill(65),
};

export async function benchBus(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const inFlight of IN_FLIGHT) results.push(...(await compare(inFlight)));
  return results;
}

async function compare(inFlight: number): Promise<readonly BenchResult[]> {
  const bus: Measured[] = [];
  const plain: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await inFolder((folder) => Promise.resolve(insertPlainly(folder, inFlight))));
    bus.push(await inFolder((folder) => publishEach(folder, inFlight)));
  }
  const rate = median(bus.map(({ perSecond }) => perSecond));
  const share = rate / median(plain);
  const cpu = median(bus.map((round) => round.cpu));
  const line = (what: string, value: number, unit: string, better: BenchResult['better'], goal?: number) =>
    result('bus', `${inFlight} in flight: ${what}`, value, unit, better, goal);
  return [
    line('durable publishes', rate, '1/s', 'higher'),
    line('plain inserts', median(plain), '1/s', 'higher'),
    line('share of plain inserts', share, 'ratio', 'higher', GOAL),
    line("publisher's processor time each", cpu, 'µs', 'lower'),
  ];
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(import.meta.dirname, '.bench-bus-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Measured {
  readonly perSecond: number;
  /** Of the publishing thread, a message; microseconds. */
  readonly cpu: number;
}

async function publishEach(path: string, inFlight: number): Promise<Measured> {
  const folder = await openDataFolder(path);
  const retention = { maxAgeMs: Infinity, maxBytes: Infinity };
  const bus = await openEmbeddedBus({
    folder,
    publishTimeoutMs: 5000,
    duplicateWindowMs: 3_600_000,
    retention,
  });
  await publishAll(bus, inFlight, WARM_UP_MS);
  const before = process.threadCpuUsage();
  const start = performance.now();
  const count = await publishAll(bus, inFlight, ROUND_MS);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.threadCpuUsage(before);
  await bus.close();
  folder.close();
  return { perSecond: count / seconds, cpu: (user + system) / count };
}

async function publishAll(bus: MessageBus, inFlight: number, ms: number): Promise<number> {
  const end = performance.now() + ms;
  const counts = await Promise.all(Array.from({ length: inFlight }, () => publishUntil(bus, end)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function publishUntil(bus: MessageBus, end: number): Promise<number> {
  let count = 0;
  for (; performance.now() < end; count++) await bus.publish(message);
  return count;
}

function insertPlainly(folder: string, inFlight: number): number {
  const database = new DatabaseSync(join(folder, 'plain.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(
    'CREATE TABLE m (seq INTEGER PRIMARY KEY, subject INTEGER, at INTEGER, headers TEXT, body BLOB)',
  );
  const insert = database.prepare('INSERT INTO m VALUES (?, ?, ?, ?, ?)');
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const headers = JSON.stringify(message.headers);
  let seq = 0;
  const insertFor = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      begin.run();
      for (let i = 0; i < inFlight; i++) insert.run(++seq, 1, Date.now(), headers, message.body);
      commit.run();
    }
  };
  insertFor(WARM_UP_MS);
  const before = seq;
  const start = performance.now();
  insertFor(ROUND_MS);
  const perSecond = (seq - before) / ((performance.now() - start) / 1000);
  database.close();
  return perSecond;
}
