/**
 * The root: opens the bus, starts the parts, supervises them, and drains them in the order of the data's way.
 *
 * Restarts are counted as OTP does: `intensity` restarts within a period are made at once; one more, and the connector is
 * given up as `stopped.failed` while all others run on.
 */
import { assign, enqueueActions, fromPromise, setup } from 'xstate';
import { connectorMachine } from './connector.machine.ts';
import { backoffCeiling, failureOf, provided } from './events.ts';
import { journalMachine } from './journal.machine.ts';
import { validatorMachine } from './validator.machine.ts';
import type { ErrorActorEvent } from 'xstate';
import type { Backoff, Ended, Reason } from './events.ts';

/** A connector as its supervisor keeps it. */
export interface Supervised {
  readonly id: string;
  readonly wanted: 'on' | 'off';
  /** True where it was an operator who wanted it off, now or before the process started. */
  readonly byOperator: boolean;
  readonly backoff: Backoff;
  readonly intensity: number;
  readonly periodMs: number;
  /** Restarts within the period. */
  readonly restarts: number;
}

export interface HealthosInput {
  readonly connectors: readonly Omit<Supervised, 'restarts'>[];
  /** For the bus, the validator and the journal, which are tried for ever. */
  readonly backoff: Backoff;
}

export interface HealthosContext {
  readonly connectors: readonly Supervised[];
  readonly backoff: Backoff;
  readonly attempt: number;
  readonly reason: Reason | null;
}

export type OperatorCommand = 'start' | 'stop' | 'restart' | 'pause' | 'resume';

export type HealthosEvent =
  | { readonly type: 'operator.command'; readonly id: string; readonly command: OperatorCommand }
  | { readonly type: 'healthos.shutdown' }
  /** A restart is so long ago that it no longer counts. */
  | { readonly type: 'restart.forgotten'; readonly id: string }
  | ErrorActorEvent
  | Ended<'openBus'>
  | Ended<'drainConnectors'>
  | Ended<'stopValidator'>
  | Ended<'stopJournal'>;

/** The actor's id of a connector: its own kind of name, so that no connector can take the validator's. */
export function connectorActorId(id: string): string {
  return `connector:${id}`;
}

export const healthosMachine = setup({
  types: {
    context: {} as HealthosContext,
    events: {} as HealthosEvent,
    input: {} as HealthosInput,
  },
  actors: {
    connector: connectorMachine,
    validator: validatorMachine,
    journal: journalMachine,
    /** Resolves once the bus can store. */
    openBus: fromPromise<unknown>(provided),
    drainConnectors: fromPromise<unknown>(provided),
    stopValidator: fromPromise<unknown>(provided),
    stopJournal: fromPromise<unknown>(provided),
  },
  actions: {
    spawnConnectors: enqueueActions(({ context, enqueue }) => {
      for (const { id, backoff, byOperator } of context.connectors) {
        const child = connectorActorId(id);
        enqueue.spawnChild('connector', { id: child, input: { id, backoff } });
        if (byOperator) enqueue.sendTo(child, { type: 'connector.stop' });
      }
    }),
    beginConnectors: enqueueActions(({ context, enqueue }) => {
      for (const { id, wanted } of context.connectors) {
        if (wanted === 'on') enqueue.sendTo(connectorActorId(id), { type: 'connector.begin' });
      }
    }),
    spawnWorkers: enqueueActions(({ context, enqueue }) => {
      enqueue.spawnChild('journal', { id: 'journal', input: { backoff: context.backoff } });
      enqueue.spawnChild('validator', { id: 'validator', input: { backoff: context.backoff } });
    }),
    forwardCommand: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'operator.command') return;
      const wanted = wantedAfter(event.command);
      if (wanted) enqueue.assign({ connectors: changed(context.connectors, event.id, wanted) });
      enqueue.sendTo(connectorActorId(event.id), { type: `connector.${event.command}` });
    }),
    restartConnector: enqueueActions(({ context, event, enqueue }) => {
      const connector = crashed(context, event);
      if (!connector) return;
      const { id, backoff, wanted, byOperator, restarts } = connector;
      const child = connectorActorId(id);
      enqueue.assign({ connectors: changed(context.connectors, id, { restarts: restarts + 1 }) });
      enqueue.stopChild(child);
      enqueue.spawnChild('connector', { id: child, input: { id, backoff } });
      if (wanted === 'on') enqueue.sendTo(child, { type: 'connector.begin' });
      else if (byOperator) enqueue.sendTo(child, { type: 'connector.stop' });
      enqueue.raise({ type: 'restart.forgotten', id }, { delay: 'restartPeriod' });
    }),
    giveConnectorUp: enqueueActions(({ context, event, enqueue }) => {
      const connector = crashed(context, event);
      if (!connector) return;
      const { id, backoff } = connector;
      const child = connectorActorId(id);
      enqueue.stopChild(child);
      enqueue.spawnChild('connector', { id: child, input: { id, backoff } });
      enqueue.sendTo(child, { type: 'connector.giveUp', reason: givenUp(connector, event) });
    }),
    forgetRestart: assign({
      connectors: ({ context, event }) => {
        const connector = 'id' in event ? context.connectors.find(({ id }) => id === event.id) : undefined;
        if (!connector) return context.connectors;
        return changed(context.connectors, connector.id, { restarts: Math.max(0, connector.restarts - 1) });
      },
    }),
    restartWorker: enqueueActions(({ context, event, enqueue }) => {
      if (!('actorId' in event)) return;
      enqueue.stopChild(event.actorId);
      const worker = { id: event.actorId, input: { backoff: context.backoff } };
      if (event.actorId === 'validator') enqueue.spawnChild('validator', worker);
      if (event.actorId === 'journal') enqueue.spawnChild('journal', worker);
    }),
    noteFailure: assign({ reason: ({ event }) => ('error' in event ? failureOf(event.error).reason : null) }),
    forgetFailure: assign({ reason: null, attempt: 0 }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
  },
  guards: {
    connectorIsKnown: ({ context, event }) =>
      event.type === 'operator.command' && context.connectors.some(({ id }) => id === event.id),
    withinIntensity: ({ context, event }) => {
      const connector = crashed(context, event);
      return connector !== undefined && connector.restarts < connector.intensity;
    },
    isConnector: ({ context, event }) => crashed(context, event) !== undefined,
  },
  delays: {
    retryDelay: ({ context }) => backoffCeiling(context.backoff, context.attempt),
    restartPeriod: ({ context, event }) => crashed(context, event)?.periodMs ?? 0,
    connectorsLimit: 5_000,
    validatorLimit: 1_500,
    journalLimit: 1_000,
  },
}).createMachine({
  id: 'healthos',
  description: 'The gateway: opens the bus, starts and supervises connectors, validator and journal.',
  context: ({ input }) => ({
    connectors: input.connectors.map((connector) => ({ ...connector, restarts: 0 })),
    backoff: input.backoff,
    attempt: 0,
    reason: null,
  }),
  initial: 'starting',
  entry: 'spawnConnectors',
  on: {
    'operator.command': { guard: 'connectorIsKnown', actions: 'forwardCommand' },
    'restart.forgotten': { actions: 'forgetRestart' },
    'healthos.shutdown': '.draining',
    'xstate.error.actor.*': [
      { guard: 'withinIntensity', actions: 'restartConnector' },
      { guard: 'isConnector', actions: 'giveConnectorUp' },
      { actions: 'restartWorker' },
    ],
  },
  states: {
    starting: {
      description: 'The bus is not open yet: nothing is taken in, and the gateway is not ready.',
      initial: 'opening',
      states: {
        opening: {
          description: 'Waits for the bus to be able to store.',
          invoke: {
            id: 'openBus',
            src: 'openBus',
            onDone: { target: '#healthos.running', actions: 'forgetFailure' },
            onError: { target: 'waiting', actions: ['noteFailure', 'countAttempt'] },
          },
        },
        waiting: {
          description: 'The bus cannot be opened: waits, then tries again, for ever.',
          after: { retryDelay: 'opening' },
        },
      },
    },
    running: {
      description: 'All parts are begun; each has a life of its own.',
      entry: ['spawnWorkers', 'beginConnectors'],
    },
    draining: {
      description:
        'Stops in the order of the data’s way, each part with a limit; what is left over is taken up at next start.',
      initial: 'connectors',
      on: {
        'operator.command': {},
        'healthos.shutdown': {},
        'xstate.error.actor.*': {},
      },
      states: {
        connectors: {
          description: 'The connectors finish what is in flight.',
          invoke: {
            id: 'drainConnectors',
            src: 'drainConnectors',
            onDone: 'validator',
            onError: 'validator',
          },
          after: { connectorsLimit: 'validator' },
        },
        validator: {
          description: 'The validator finishes what it has in hand.',
          invoke: { id: 'stopValidator', src: 'stopValidator', onDone: 'journal', onError: 'journal' },
          after: { validatorLimit: 'journal' },
        },
        journal: {
          description: 'The journal writes down how far it came.',
          invoke: {
            id: 'stopJournal',
            src: 'stopJournal',
            onDone: '#healthos.stopped',
            onError: '#healthos.stopped',
          },
          after: { journalLimit: '#healthos.stopped' },
        },
      },
    },
    stopped: { description: 'Everything has stopped; the bus may be closed.', type: 'final' },
  },
});

function wantedAfter(command: OperatorCommand): Pick<Supervised, 'wanted' | 'byOperator'> | undefined {
  if (command === 'stop') return { wanted: 'off', byOperator: true };
  if (command === 'start' || command === 'restart') return { wanted: 'on', byOperator: false };
  return undefined;
}

function changed(
  connectors: readonly Supervised[],
  id: string,
  change: Partial<Supervised>,
): readonly Supervised[] {
  return connectors.map((connector) => (connector.id === id ? { ...connector, ...change } : connector));
}

/** The connector whose actor ended in an error, where the event is of one. */
function crashed(context: HealthosContext, event: HealthosEvent): Supervised | undefined {
  if (!('actorId' in event)) return undefined;
  return context.connectors.find(({ id }) => connectorActorId(id) === event.actorId);
}

function givenUp({ intensity, periodMs }: Supervised, event: HealthosEvent): Reason {
  const last = failureOf('error' in event ? event.error : null).reason;
  const restarts = `restarted ${intensity} times within ${periodMs / 1000} s`;
  return {
    code: 'connector/failed',
    message: `Given up after it was ${restarts}: ${last.message}`,
    retryable: false,
  };
}
