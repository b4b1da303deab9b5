/**
 * How fast messages come in over MLLP, each acknowledged once it is durable, with validation and journal at work: beside
 * HAPI's receiver, which parses and stores nothing, and Camel's, which does neither. In turns, by the same load.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCamelReceiver, startHapiReceiver } from '../peers/mllp-peers.ts';
import { freePort, type Gateway, startGateway } from './gateway.ts';
import type { MllpOrder, MllpReport } from './mllp-load.ts';
import { type BenchResult, median, result } from './result.ts';

const CONNECTIONS = 16;
const ROUNDS = 5;
const SECONDS = 2;
/** All three are slow until they have been compiled. */
const WARM_UP_SECONDS = 5;

interface Contestant {
  readonly name: 'gateway' | 'HAPI' | 'Camel';
  readonly port: number;
  readonly rates: number[];
  /** Resolves when nothing of the turn before is left to do. */
  readonly rest: () => Promise<void>;
  close(): Promise<void>;
}

export async function benchMllp(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-bench-'));
  const load = fork(join(import.meta.dirname, 'mllp-load.ts'));
  const contestants = [await ours(folder), await peer('HAPI'), await peer('Camel')] as const;
  try {
    for (const each of contestants) await turn(load, each, WARM_UP_SECONDS);
    const reports: MllpReport[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const each of contestants) {
        const report = await turn(load, each, SECONDS);
        each.rates.push(report.accepted / report.seconds);
        if (each.name === 'gateway') reports.push(report);
      }
    }
    return figures(contestants, reports);
  } finally {
    load.disconnect();
    await Promise.all(contestants.map((each) => each.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function figures(
  [gateway, hapi, camel]: readonly [Contestant, Contestant, Contestant],
  reports: readonly MllpReport[],
): readonly BenchResult[] {
  const [own, parsing, bare] = [gateway, hapi, camel].map(({ rates }) => median(rates));
  const line = (
    what: string,
    value: number | undefined,
    unit: string,
    better: BenchResult['better'],
    goal?: number,
  ) => result('mllp', `${CONNECTIONS} connections: ${what}`, value ?? Number.NaN, unit, better, goal);
  return [
    line('acknowledged, durable', own, '1/s', 'higher'),
    line('HAPI, parsing, storing nothing', parsing, '1/s', 'higher'),
    line('Camel, storing nothing', bare, '1/s', 'higher'),
    line('of HAPI', share(gateway, hapi), 'ratio', 'higher', 1.5),
    line('of Camel', share(gateway, camel), 'ratio', 'higher'),
    line('p50', median(reports.map(({ p50 }) => p50)), 'ms', 'lower'),
    line('p99', median(reports.map(({ p99 }) => p99)), 'ms', 'lower'),
    line('refused', Math.max(...reports.map(({ refused }) => refused)), 'count', 'lower', 0),
  ];
}

/** Round by round, since the machine's own speed varies. */
function share(one: Contestant, other: Contestant): number {
  return median(one.rates.map((rate, round) => rate / (other.rates[round] ?? Number.NaN)));
}

async function ours(folder: string): Promise<Contestant> {
  const port = await freePort();
  const config = JSON.stringify({ type: 'MllpServer', port });
  const gateway: Gateway = await startGateway(
    folder,
    (http) => `app:
  port: ${http}
connectors:
  - { type: inbound, id: mllp, name: MLLP, config: ${config} }
logging: { level: info, format: json }
`,
  );
  return { name: 'gateway', port, rates: [], rest: () => gateway.settled(), close: () => gateway.stop() };
}

async function peer(name: 'HAPI' | 'Camel'): Promise<Contestant> {
  const port = await freePort();
  const receiver = await (name === 'HAPI' ? startHapiReceiver : startCamelReceiver)(port);
  return { name, port, rates: [], rest: () => Promise.resolve(), close: () => receiver.close() };
}

let turns = 0;

async function turn(
  load: ChildProcess,
  { name, port, rest }: Contestant,
  seconds: number,
): Promise<MllpReport> {
  const order: MllpOrder = {
    port,
    connections: CONNECTIONS,
    seconds,
    turn: `T${String(turns++).padStart(5, '0')}`,
  };
  const report = await new Promise<MllpReport>((resolve) => {
    load.once('message', (told) => resolve(told as MllpReport));
    load.send(order);
  });
  process.stderr.write(`${name}: ${Math.round(report.accepted / report.seconds)}/s\n`);
  await rest();
  return report;
}
