/**
 * The bus alone: durable publishes per second, each awaiting its own commit, beside a bare loop in one thread that
 * inserts the same rows into SQLite in transactions of as many. Both in WAL mode with `synchronous=FULL`, on the same
 * disk, in turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDataFolder } from '../../src/bus/data-folder.ts';
import { openEmbeddedBus } from '../../src/bus/embedded-bus.ts';
import type { MessageBus, OutgoingMessage } from '../../src/bus/message-bus.ts';

export interface BenchResult {
  readonly bench: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  readonly better: 'higher' | 'lower';
  readonly holds: boolean;
}

const IN_FLIGHT = [1, 16, 128, 1024] as const;
const GOAL = 0.7;
const ROUNDS = 5;
const ROUND_MS = 700;

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
  print(results);
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
  return [
    result(`${inFlight} in flight: publishes`, rate, '1/s'),
    result(`${inFlight} in flight: plain inserts`, median(plain), '1/s'),
    result(`${inFlight} in flight: share of plain inserts`, share, 'ratio', GOAL),
    result(`${inFlight} in flight: calling thread's processor time`, median(bus.map(({ cpu }) => cpu)), 'µs'),
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
  const before = process.threadCpuUsage();
  const start = performance.now();
  const counts = await Promise.all(
    Array.from({ length: inFlight }, () => publishUntil(bus, start + ROUND_MS)),
  );
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.threadCpuUsage(before);
  await bus.close();
  folder.close();
  const count = counts.reduce((sum, each) => sum + each, 0);
  return { perSecond: count / seconds, cpu: (user + system) / count };
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
  const start = performance.now();
  let seq = 0;
  while (performance.now() < start + ROUND_MS) {
    begin.run();
    for (let i = 0; i < inFlight; i++) {
      insert.run(++seq, 1, Date.now(), JSON.stringify(message.headers), message.body);
    }
    commit.run();
  }
  const perSecond = seq / ((performance.now() - start) / 1000);
  database.close();
  return perSecond;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function result(measure: string, value: number, unit: string, goal: number | null = null): BenchResult {
  const rounded = Number(value.toPrecision(4));
  const holds = goal === null || rounded >= goal;
  return {
    bench: 'bus',
    measure,
    value: rounded,
    unit,
    goal,
    better: unit === 'µs' ? 'lower' : 'higher',
    holds,
  };
}

function print(results: readonly BenchResult[]): void {
  for (const { measure, value, unit, goal, holds } of results) {
    const verdict = goal === null ? '' : ` (goal ${goal}: ${holds ? 'holds' : 'missed'})`;
    process.stdout.write(`${measure.padEnd(50)} ${String(value).padStart(9)} ${unit}${verdict}\n`);
  }
}

if (import.meta.main) await benchBus();
