/**
 * How fast messages are taken in over HTTP, durably, with validation and journal at work: against a bare Koa app that
 * reads the body and answers, measured in turns in the same run.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Gateway, startGateway } from './gateway.ts';
import type { LoadOrder, LoadReport } from './load.ts';
import { type BenchResult, median, result } from './result.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const sample = (name: string) => readFileSync(here(`../../src/samples/${name}`));

const payloads = {
  hl7v2: { contentType: 'application/hl7-v2', body: sample('hl7v2/adt-a01.hl7') },
  fhir: { contentType: 'application/fhir+json', body: sample('fhir/observation.json') },
  x12: { contentType: 'application/EDI-X12', body: sample('x12/837p.x12') },
} as const;
type Payload = keyof typeof payloads;

const CONNECTIONS = [1, 16, 64] as const;
const ROUNDS = 5;
const BURST_SECONDS = 2;
const SUSTAINED_SECONDS = 10;
/** How often a rate is tried, and by what it falls each time. */
const ATTEMPTS = 8;
const STEP_DOWN = 0.93;
/** The runtime measures the delay by a timer of 10 ms, and reports it with these 10 ms. */
const EVENT_LOOP_DELAY = 'nodejs_eventloop_lag_p99_seconds';
const TIMER_MS = 10;

interface Target {
  readonly port: number;
  readonly path: string;
}

export async function benchIngest(): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'healthos-bench-'));
  const load = fork(here('./load.ts'));
  const ceiling = await startCeiling();
  const gateway = await startGateway(folder, definition);
  try {
    await warmUp(load, ceiling, gateway);
    return [
      ...(await burst(load, ceiling, gateway)),
      ...(await table(load, ceiling, gateway)),
      ...(await sustained(load, ceiling, gateway)),
    ];
  } finally {
    load.disconnect();
    ceiling.process.disconnect();
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function shoot(
  load: ChildProcess,
  target: Target,
  payload: Payload,
  order: Partial<LoadOrder>,
): Promise<LoadReport> {
  const { contentType, body } = payloads[payload];
  const whole: LoadOrder = {
    port: target.port,
    path: target.path,
    contentType,
    body: body.toString('base64'),
    connections: 64,
    seconds: BURST_SECONDS,
    rate: 0,
    ...order,
  };
  return new Promise((resolve) => {
    load.once('message', (report) => resolve(report as LoadReport));
    load.send(whole);
  });
}

const ingressOf = ({ port }: Gateway): Target => ({ port, path: '/ingress' });

const rateOf = (report: LoadReport) => report.accepted / report.seconds;

async function warmUp(load: ChildProcess, ceiling: Target, gateway: Gateway): Promise<void> {
  for (const payload of Object.keys(payloads) as Payload[]) {
    await shoot(load, ceiling, payload, { seconds: 1 });
    await shoot(load, ingressOf(gateway), payload, { seconds: 1 });
    await gateway.settled();
  }
}

/** A burst: as fast as the gateway accepts, each beginning with nothing left to do. */
async function burst(load: ChildProcess, ceiling: Target, gateway: Gateway): Promise<readonly BenchResult[]> {
  const shares: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await shoot(load, ceiling, 'hl7v2', {});
    const ours = await shoot(load, ingressOf(gateway), 'hl7v2', {});
    shares.push(rateOf(ours) / rateOf(bare));
    progress(`burst ${round + 1}/${ROUNDS}: ${Math.round(rateOf(ours))}/s of ${Math.round(rateOf(bare))}/s`);
    await gateway.settled();
  }
  return [result('ingest', 'burst_share', median(shares), 'ratio', 'higher', 0.5)];
}

async function table(load: ChildProcess, ceiling: Target, gateway: Gateway): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const payload of Object.keys(payloads) as Payload[])
    for (const connections of CONNECTIONS) {
      const bare = await shoot(load, ceiling, payload, { connections });
      const ours = await shoot(load, ingressOf(gateway), payload, { connections });
      const name = `${payload}_${connections}`;
      results.push(
        result('ingest', `${name}_ceiling_rate`, rateOf(bare), '1/s', 'higher'),
        result('ingest', `${name}_rate`, rateOf(ours), '1/s', 'higher'),
        result('ingest', `${name}_p50`, ours.p50, 'ms', 'lower'),
        result('ingest', `${name}_p99`, ours.p99, 'ms', 'lower'),
        result('ingest', `${name}_refused`, ours.refused, 'count', 'lower', 0),
      );
      await gateway.settled();
    }
  results.push(result('ingest', 'memory', gateway.residentMb(), 'MB', 'lower'));
  return results;
}

/**
 * A sustained load: the highest rate at which the backlog does not grow. It is looked for downwards from what a burst
 * reaches, and counts only when it was held for the whole time with every message validated and journalled.
 */
async function sustained(
  load: ChildProcess,
  ceiling: Target,
  gateway: Gateway,
): Promise<readonly BenchResult[]> {
  const bare = await shoot(load, ceiling, 'hl7v2', { seconds: 4 });
  let rate = rateOf(await shoot(load, ingressOf(gateway), 'hl7v2', { seconds: 4 }));
  await gateway.settled();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++, rate *= STEP_DOWN) {
    await gateway.metric(EVENT_LOOP_DELAY);
    const before = (await gateway.overview()).journalled;
    const ours = await shoot(load, ingressOf(gateway), 'hl7v2', { seconds: SUSTAINED_SECONDS, rate });
    const { backlog, journalled } = await gateway.overview();
    const delay = (await gateway.metric(EVENT_LOOP_DELAY)) * 1000;
    const done = journalled - before;
    const holds = backlog < rate / 4 && done > ours.accepted - rate / 4;
    progress(`sustained ${Math.round(rate)}/s: backlog ${backlog}, journalled ${done} of ${ours.accepted}`);
    await gateway.settled();
    if (!holds) continue;
    return [
      result('ingest', 'sustained_share', rateOf(ours) / rateOf(bare), 'ratio', 'higher', 0.3),
      result('ingest', 'sustained_rate', rateOf(ours), '1/s', 'higher'),
      result('ingest', 'sustained_p99', ours.p99, 'ms', 'lower'),
      result('ingest', 'event_loop_delay_p99', delay - TIMER_MS, 'ms', 'lower', 20),
      result('ingest', 'sustained_memory', gateway.residentMb(), 'MB', 'lower'),
    ];
  }
  return [result('ingest', 'sustained_share', 0, 'ratio', 'higher', 0.3)];
}

async function startCeiling(): Promise<Target & { readonly process: ChildProcess }> {
  const port = await freePort();
  const child = fork(here('./ceiling.ts'), [String(port)], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  await new Promise((resolve) => child.once('message', resolve));
  return { port, path: '/', process: child };
}

function definition(port: number): string {
  return `app:
  port: ${port}
connectors:
  - { type: inbound, id: rest, name: REST, config: { type: RestEndpoint, url: /ingress, http_method: post } }
logging: { level: info, format: json }
`;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
