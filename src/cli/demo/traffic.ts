/** The demo's traffic: every sample through every connector that is configured, and what became of each. */
import type { Supervisor } from '../../actors/status.ts';
import type { ConnectorDefinition, LoadedDefinition } from '../../config/definition.ts';
import type { Gateway } from '../../gateway.ts';
import { listSamples, readSample, type Sample } from '../../samples/index.ts';
import type { Journey } from '../../store/journal.ts';
import { GatewayClient } from '../client.ts';
import { CliError } from '../errors.ts';
import { createOutput, type Output } from '../output.ts';
import { openTransmitter, type Reply, type Target } from '../transmit.ts';
import { type Arrivals, followArrivals } from './arrivals.ts';
import { type Route, routeTo } from './routes.ts';
import { asExpected, type Outcome, showOutcomes } from './table.ts';

/** How long a connector may take to consume, and a message that a broker has taken to get its verdict. */
const CONSUMING_LIMIT_MS = 15_000;
const VERDICT_LIMIT_MS = 30_000;

/** Over MLLP: it is stored, and has no header by which it could be acknowledged. */
const STORED_UNREAD = 'AE';

/**
 * Sends every sample through every connector, and prints the table of what became of them on standard error: standard
 * output is the log's. Resolves with 1 where one of them did not end as its sample says.
 */
export async function sendDemo(gateway: Gateway, { definition }: LoadedDefinition): Promise<number> {
  const output = createOutput(process.stderr, process.stderr, () => process.exit());
  const rows = await sendThroughAll(gateway, definition.connectors, output);
  showOutcomes(output, rows);
  return rows.every(asExpected) ? 0 : 1;
}

async function sendThroughAll(
  gateway: Gateway,
  connectors: readonly ConnectorDefinition[],
  output: Output,
): Promise<Outcome[]> {
  const ended = new AbortController();
  const token = process.env['HEALTHOS_TOKEN'];
  const client = new GatewayClient({ url: gateway.url, ...(token === undefined ? {} : { token }) });
  const rows: Outcome[] = [];
  try {
    let arrivals: Promise<Arrivals> | undefined;
    for (const connector of connectors.filter(({ enabled }) => enabled)) {
      const route = routeTo(connector, gateway.url);
      if (route === undefined) continue;
      output.progress(`Sending through ${connector.id}`);
      arrivals ??= followArrivals(client, ended.signal);
      rows.push(...(await sendThrough(gateway.supervisor, connector.id, route, await arrivals)));
    }
    return rows;
  } finally {
    output.progress('');
    ended.abort();
  }
}

async function sendThrough(
  supervisor: Supervisor,
  connector: string,
  route: Route,
  arrivals: Arrivals,
): Promise<Outcome[]> {
  if ('cannot' in route) return [notSent(connector, 'not sent', route.cannot)];
  const hindrance = await consuming(supervisor, connector);
  if (hindrance !== undefined) return [notSent(connector, ...hindrance)];
  try {
    return await sendSamples(connector, route, arrivals);
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown;
    return [notSent(connector, 'not sent', thrown.message)];
  }
}

function notSent(connector: string, state: string, why: string): Outcome {
  return { connector, sample: undefined, format: null, state, why };
}

/** Undefined when the connector consumes; otherwise, once it cannot or the time is over, its state and why. */
async function consuming(
  supervisor: Supervisor,
  id: string,
): Promise<[state: string, why: string] | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const look = () => {
    const status = supervisor.connector(id);
    if (status?.substate === 'consuming' || status?.state === 'stopped') resolve(undefined);
  };
  const unsubscribe = supervisor.feed.subscribe(look);
  const limit = setTimeout(resolve, CONSUMING_LIMIT_MS, undefined);
  look();
  await promise;
  clearTimeout(limit);
  unsubscribe();
  const status = supervisor.connector(id);
  if (status?.substate === 'consuming') return undefined;
  return [status?.state ?? 'unknown', status?.reason?.message ?? ''];
}

interface Sent {
  readonly sample: Sample;
  readonly reply: Reply;
  readonly journey: Promise<Journey>;
}

async function sendSamples(
  connector: string,
  { target, takes = () => true }: Extract<Route, { readonly target: Target }>,
  arrivals: Arrivals,
): Promise<Outcome[]> {
  const samples = listSamples()
    .map((sample) => ({ sample, payload: { ...sample, bytes: new Uint8Array(readSample(sample)) } }))
    .filter(({ payload }) => takes(payload));
  const payloads = samples.map(({ payload }) => payload);
  const transmitter = await openTransmitter(target, payloads);
  const sent: Sent[] = [];
  try {
    for (const { sample, payload } of samples) {
      const journey = arrivals.expect(connector, payload.bytes);
      sent.push({ sample, journey, reply: await transmitter.transmit(payload) });
    }
  } finally {
    await transmitter.close();
  }
  const limit = AbortSignal.timeout(VERDICT_LIMIT_MS);
  return Promise.all(sent.map((one) => outcomeOf(connector, one, limit)));
}

async function outcomeOf(
  connector: string,
  { sample, reply, journey }: Sent,
  limit: AbortSignal,
): Promise<Outcome> {
  const base = { connector, sample };
  if (!reply.ok && reply.outcome !== STORED_UNREAD)
    return { ...base, format: null, state: 'refused', why: reply.detail ?? reply.outcome };
  const found = await before(limit, journey);
  if (found === undefined) {
    return { ...base, format: null, state: 'unknown', why: 'It was sent, and no verdict came in time.' };
  }
  const { format, state, issues } = found;
  const issue = issues.find(({ severity }) => severity === 'error');
  return {
    ...base,
    format,
    state,
    why: issue === undefined ? '' : `${issue.location} ${issue.message}`.trim(),
  };
}

function before<Value>(limit: AbortSignal, promise: Promise<Value>): Promise<Value | undefined> {
  return new Promise((resolve) => {
    if (limit.aborted) resolve(undefined);
    limit.addEventListener('abort', () => resolve(undefined), { once: true });
    promise.then(resolve, () => resolve(undefined));
  });
}
