/** A gateway of fakes around the real supervisor: connectors that do as the test says, a bus that is there or not. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtemp } from 'node:fs/promises';
import bunyan from 'bunyan';
import { SimulatedClock } from 'xstate';
import { openDesiredStates } from '../../src/actors/desired-states.ts';
import { createSupervisor } from '../../src/actors/supervisor.ts';
import { HealthosError } from '../../src/errors.ts';
import { errorForLog } from '../../src/logging.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { DesiredStates } from '../../src/actors/desired-states.ts';
import type { ConnectorStatus, Supervisor } from '../../src/actors/status.ts';
import type { SupervisorOptions } from '../../src/actors/supervisor.ts';
import type { ManagedJournal, ManagedWorker } from '../../src/actors/worker-session.ts';
import type { BusStatus, MessageBus } from '../../src/bus/message-bus.ts';
import type { ConnectorDefinition } from '../../src/config/definition.ts';
import type { Connector, ConnectorContext } from '../../src/connectors/connector.ts';
import type { Deliver, Receipt } from '../../src/messages/envelope.ts';

export const arrival = { body: Buffer.from('MSH|^~\\&|A|B') };

export function receipt(dataId: string, duplicate = false): Receipt {
  return { dataId, format: 'hl7v2', contentType: 'application/hl7-v2', duplicate };
}

export function definition(id: string, changes: Partial<ConnectorDefinition> = {}): ConnectorDefinition {
  return {
    type: 'inbound',
    id,
    name: `The ${id} connector`,
    enabled: true,
    config: { type: 'Fake' },
    restart: { intensity: 3, period_s: 30 },
    backoff: { initial_ms: 250, max_ms: 5000, max_attempts: 0 },
    ...changes,
  };
}

/** A connector that runs until it is told to end, and lends the test its `deliver`. */
export class FakeConnector implements Connector {
  readonly calls: string[] = [];
  deliver: Deliver | undefined;

  connect(_signal: AbortSignal): Promise<void> {
    this.calls.push('connect');
    return Promise.resolve();
  }

  run(deliver: Deliver, signal: AbortSignal): Promise<void> {
    this.calls.push('run');
    this.deliver = deliver;
    return aborted(signal);
  }

  close(): Promise<void> {
    this.calls.push('close');
    return Promise.resolve();
  }
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export function hang(): Promise<never> {
  return new Promise(() => undefined);
}

/** Rejects with whatever is given, an error or not. */
export function rejecting(thrown: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw thrown;
  });
}

export interface Gateway {
  readonly supervisor: Supervisor;
  readonly clock: SimulatedClock;
  readonly desired: DesiredStates;
  readonly bus: FakeBus;
  readonly validator: FakeWorker;
  readonly journal: FakeWorker;
  readonly lines: () => readonly Record<string, unknown>[];
  /** Resolves when the connector is in the state, `running` or `stopped.failed`. */
  readonly reached: (id: string, state: string) => Promise<ConnectorStatus>;
  /** Resolves when an actor is in the state. */
  readonly actorReached: (id: string, state: string) => Promise<void>;
}

export type Overrides = Partial<SupervisorOptions> & {
  /** Makes the connector; `definition` tells which. */
  readonly open?: (definition: ConnectorDefinition, context: ConnectorContext) => Connector;
};

export async function startGateway(
  connectors: readonly ConnectorDefinition[],
  { open, ...overrides }: Overrides = {},
): Promise<Gateway> {
  const clock = new SimulatedClock();
  const ring = new bunyan.RingBuffer({ limit: 10_000 });
  const serializers = { err: errorForLog };
  const log = bunyan.createLogger({
    name: 'test',
    serializers,
    streams: [{ type: 'raw', stream: ring, level: 'trace' }],
  });
  const bus = new FakeBus();
  const validator = new FakeWorker();
  const journal = new FakeWorker();
  const desired = await openDesiredStates(join(await mkdtemp(join(tmpdir(), 'desired-')), 'desired.json'));
  const supervisor = createSupervisor({
    connectors,
    bus,
    ingress: { announce: () => undefined, claim: () => () => undefined },
    ingest: () => Promise.resolve(receipt('id')),
    verdict: () => Promise.resolve(undefined),
    controlNumber: () => Promise.resolve(1),
    judge: () => Promise.reject(new Error('nothing is judged here')),
    fhirRelease: () => 'r4',
    openConnector: open ?? (() => new FakeConnector()),
    reloadConnector: (id) =>
      Promise.resolve({
        definition: connectors.find((one) => one.id === id) ?? missing(id),
        origins: new Map(),
      }),
    startValidator: () => validator.start(),
    startJournal: () => journal.start(),
    desired,
    log,
    metrics: createMetrics(),
    clock,
    random: () => 1,
    ...overrides,
  });
  const actorReached = (id: string, state: string) =>
    whenever(supervisor, () => stateOf(supervisor, id).startsWith(state));
  return {
    supervisor,
    clock,
    desired: overrides.desired ?? desired,
    bus,
    validator,
    journal,
    // A raw stream is given bunyan's records as objects.
    lines: () => ring.records as readonly Record<string, unknown>[],
    actorReached,
    async reached(id, state) {
      await whenever(supervisor, () => shown(supervisor.connector(id)).startsWith(state));
      return supervisor.connector(id) ?? missing(id);
    },
  };
}

/** Resolves when it holds; looks at each change of any actor. */
export function whenever(supervisor: Supervisor, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const end = supervisor.feed.subscribe(look);
    look();
    function look(): void {
      if (!holds()) return;
      queueMicrotask(() => end());
      resolve();
    }
  });
}

export class FakeBus implements Pick<MessageBus, 'status' | 'onState' | 'objects'> {
  readonly objects = { put: hang, get: hang };
  state: BusStatus['state'] = 'ready';
  reason: string | null = null;
  readonly #listeners = new Set<Parameters<MessageBus['onState']>[0]>();

  status(): Promise<BusStatus> {
    const { state, reason } = this;
    const rest = {
      kind: 'embedded',
      url: 'embedded:',
      since: 0,
      messages: 0,
      bytes: 0,
      lastSeq: 0,
      consumers: [],
    } as const;
    // Other helpers of the bus's status may be added to its interface; the supervisor reads only these.
    return Promise.resolve({ ...rest, state, reason } as unknown as BusStatus);
  }

  onState(listener: Parameters<MessageBus['onState']>[0]): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(state: BusStatus['state'], reason: string | null): void {
    this.state = state;
    this.reason = reason;
    for (const listener of this.#listeners) listener({ state, reason, since: 0 });
  }
}

/** A thread of validator or journal that starts, ends and stops as the test says. */
export class FakeWorker {
  starts = 0;
  stops = 0;
  startError: unknown = undefined;
  #ended = Promise.withResolvers<{
    readonly reason: { code: string; message: string; retryable: boolean };
  }>();

  start(): Promise<ManagedWorker & ManagedJournal> {
    this.starts += 1;
    if (this.startError !== undefined) return rejecting(this.startError);
    this.#ended = Promise.withResolvers();
    return Promise.resolve({
      exited: this.#ended.promise,
      caughtUp: Promise.resolve(),
      stop: () => {
        this.stops += 1;
        return Promise.resolve();
      },
    });
  }

  end(code: string): void {
    this.#ended.resolve({ reason: { code, message: 'The thread has ended.', retryable: true } });
  }
}

function shown(status: ConnectorStatus | undefined): string {
  return status ? `${status.state}${status.substate === null ? '' : `.${status.substate}`}` : '';
}

function stateOf(supervisor: Supervisor, id: string): string {
  const root = supervisor.actors();
  return (root.id === id ? root : root.children.find((child) => child.id === id))?.state ?? '';
}

function missing(id: string): never {
  throw new HealthosError('connector/not-found', `There is no connector ${id}.`);
}
