/**
 * The life of a connector. It names what happens and when; `src/actors` supplies how: reading the definition, connecting,
 * running, draining, releasing.
 *
 * A bug (an error that is neither `retry` nor `fix`) is handled nowhere, on purpose: the actor then errors, and its
 * supervisor restarts it within its intensity.
 */
import { assign, fromPromise, raise, setup } from 'xstate';
import { backoffCeiling, failureOf, provided } from './events.ts';
import type { Backoff, Ended, Reason } from './events.ts';

export interface ConnectorInput {
  readonly id: string;
  readonly backoff: Backoff;
}

export interface ConnectorMachineContext extends ConnectorInput {
  /** Failures in a row; forgotten when it has run steadily. */
  readonly attempt: number;
  /** The wait before the next try, in milliseconds; null outside of `backoff`. */
  readonly retryInMs: number | null;
  readonly reason: Reason | null;
}

export type ConnectorMachineEvent =
  /** The supervisor's: with the definition that was read at start. */
  | { readonly type: 'connector.begin' }
  | { readonly type: 'connector.giveUp'; readonly reason: Reason }
  | { readonly type: 'connector.shutdown' }
  /** The operator's. */
  | { readonly type: 'connector.start' | 'connector.stop' | 'connector.restart' }
  | { readonly type: 'connector.pause' | 'connector.resume' }
  /** The watchdog's. */
  | { readonly type: 'connector.stalled'; readonly reason: Reason }
  | { readonly type: 'connector.progressed' }
  /** Its own: what it took in is dealt with, or the limit for that is over. */
  | { readonly type: 'connector.drained' }
  | Ended<'configure', Backoff>
  | Ended<'connect'>
  | Ended<'run'>
  | Ended<'drain'>
  | Ended<'release'>;

interface Of {
  readonly id: string;
}

const connectTimeout: Reason = {
  code: 'connector/timeout',
  message: 'The connection was not made in time.',
  retryable: true,
};

const failed = [
  { guard: 'attemptsSpent', target: '#connector.stopped.failed', actions: 'noteFailure' },
  { guard: 'retryable', target: '#connector.backoff', actions: ['noteFailure', 'countAttempt', 'drawRetry'] },
  { guard: 'permanent', target: '#connector.stopped.failed', actions: 'noteFailure' },
] as const;

export const connectorMachine = setup({
  types: {
    context: {} as ConnectorMachineContext,
    events: {} as ConnectorMachineEvent,
    input: {} as ConnectorInput,
    tags: {} as 'accepting' | 'started' | 'stopped' | 'paused' | 'restarting',
  },
  actors: {
    /** Reads the connector's part of the definition and its secrets again; answers with its backoff. */
    configure: fromPromise<Backoff, Of>(provided),
    connect: fromPromise<unknown, Of>(provided),
    /** Takes messages in; resolves when the source has ended. */
    run: fromPromise<unknown, Of>(provided),
    /** Stops taking in, waits for what is in flight, and releases everything. */
    drain: fromPromise<unknown, Of>(provided),
    /** Releases everything. */
    release: fromPromise<unknown, Of>(provided),
  },
  actions: {
    noteFailure: assign({ reason: ({ event }) => ('error' in event ? failureOf(event.error).reason : null) }),
    noteTimeout: assign({ reason: connectTimeout }),
    noteReason: assign({ reason: ({ event }) => ('reason' in event ? event.reason : null) }),
    forgetReason: assign({ reason: null }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    forgetAttempts: assign({ attempt: 0 }),
    /** Without jitter; `src/actors` provides full jitter by its random source. */
    drawRetry: assign({
      retryInMs: ({ context, event }) => retryWait(context, 'error' in event ? event.error : null, 1),
    }),
    forgetRetry: assign({ retryInMs: null }),
    takeDefinition: assign({
      backoff: ({ context, event }) =>
        event.type === 'xstate.done.actor.configure' ? event.output : context.backoff,
      attempt: 0,
    }),
    reportDrained: raise({ type: 'connector.drained' }),
  },
  guards: {
    retryable: ({ event }) => 'error' in event && failureOf(event.error).kind === 'retry',
    permanent: ({ event }) => 'error' in event && failureOf(event.error).kind === 'fix',
    attemptsSpent: ({ context, event }) =>
      'error' in event && failureOf(event.error).kind === 'retry' && lastAttempt(context),
    lastAttempt: ({ context }) => lastAttempt(context),
  },
  delays: {
    connectLimit: 10_000,
    drainLimit: 4_500,
    stallLimit: 30_000,
    retryDelay: ({ context }) => context.retryInMs ?? backoffCeiling(context.backoff, context.attempt),
    steady: ({ context }) => context.backoff.max_ms,
  },
}).createMachine({
  id: 'connector',
  description: 'The life of a connector, inbound or outbound.',
  context: ({ input }) => ({ ...input, attempt: 0, retryInMs: null, reason: null }),
  initial: 'idle',
  states: {
    idle: {
      description: 'Not begun: the gateway is starting, or the definition says `enabled: false`.',
      on: {
        'connector.begin': '#connector.connecting.opening',
        'connector.giveUp': { target: '#connector.stopped.failed', actions: 'noteReason' },
        'connector.start': 'connecting',
        'connector.restart': 'connecting',
        'connector.stop': '#connector.stopped.byOperator',
        'connector.shutdown': '#connector.stopped.ended',
      },
    },
    connecting: {
      description: 'On its way to its source or target.',
      tags: 'started',
      initial: 'configuring',
      on: {
        'connector.restart': { target: 'connecting', reenter: true },
        'connector.stop': '#connector.stopped.byOperator',
        'connector.shutdown': '#connector.stopped.ended',
      },
      states: {
        configuring: {
          description:
            'Reads its part of the definition and its secrets again, since an operator may have mended them.',
          invoke: {
            id: 'configure',
            src: 'configure',
            input: ({ context }) => ({ id: context.id }),
            onDone: { target: 'opening', actions: 'takeDefinition' },
            onError: failed,
          },
        },
        opening: {
          description: 'Opens what it needs, after releasing what an earlier try left open.',
          invoke: {
            id: 'connect',
            src: 'connect',
            input: ({ context }) => ({ id: context.id }),
            onDone: '#connector.running',
            onError: failed,
          },
          after: {
            connectLimit: [
              { guard: 'lastAttempt', target: '#connector.stopped.failed', actions: 'noteTimeout' },
              { target: '#connector.backoff', actions: ['noteTimeout', 'countAttempt', 'drawRetry'] },
            ],
          },
        },
      },
    },
    running: {
      description: 'Connected.',
      initial: 'consuming',
      entry: 'forgetReason',
      invoke: {
        id: 'run',
        src: 'run',
        input: ({ context }) => ({ id: context.id }),
        onDone: '#connector.stopped.ended',
        onError: failed,
      },
      on: {
        'connector.stop': '.draining.beforeStop',
        'connector.restart': '.draining.beforeRestart',
        'connector.shutdown': '.draining.beforeEnd',
      },
      after: { steady: { actions: 'forgetAttempts' } },
      states: {
        consuming: {
          description: 'Messages are taken in; the only state in which they are.',
          tags: ['started', 'accepting'],
          on: {
            'connector.pause': 'paused',
            'connector.stalled': { target: 'stalled', actions: 'noteReason' },
          },
        },
        paused: {
          description: 'Connected, but an operator wants no messages taken in.',
          tags: ['started', 'paused'],
          on: { 'connector.resume': 'consuming' },
        },
        stalled: {
          description:
            'Messages wait at the source and none comes through; one that does ends it, or else it reconnects.',
          tags: 'started',
          on: {
            'connector.progressed': { target: 'consuming', actions: 'forgetReason' },
            'connector.pause': { target: 'paused', actions: 'forgetReason' },
          },
          after: { stallLimit: '#connector.connecting.opening' },
        },
        draining: {
          description: 'Nothing more is taken in; what is in flight is waited for, up to a limit.',
          initial: 'beforeStop',
          invoke: {
            id: 'drain',
            src: 'drain',
            input: ({ context }) => ({ id: context.id }),
            onDone: { actions: 'reportDrained' },
            onError: { actions: 'reportDrained' },
          },
          after: { drainLimit: { actions: 'reportDrained' } },
          on: {
            // However `run` ends now, it must neither reconnect nor fail the connector.
            'xstate.done.actor.run': {},
            'xstate.error.actor.run': {},
            'connector.shutdown': '.beforeEnd',
            'connector.stop': '.beforeStop',
            'connector.restart': '.beforeRestart',
            'connector.start': '.beforeRestart',
          },
          states: {
            beforeStop: {
              description: 'An operator stopped it.',
              tags: 'stopped',
              on: { 'connector.drained': '#connector.stopped.byOperator', 'connector.stop': {} },
            },
            beforeRestart: {
              description: 'An operator restarted it: it connects again once it has drained.',
              tags: ['started', 'restarting'],
              on: {
                'connector.drained': '#connector.connecting',
                'connector.restart': {},
                'connector.start': {},
              },
            },
            beforeEnd: {
              description: 'The gateway is stopping.',
              on: {
                'connector.drained': '#connector.stopped.ended',
                'connector.start': {},
                'connector.restart': {},
                'connector.stop': {},
                'connector.shutdown': {},
              },
            },
          },
        },
      },
    },
    backoff: {
      description: 'A fault that time may mend: waits, then tries again.',
      invoke: { id: 'release', src: 'release', input: ({ context }) => ({ id: context.id }), onError: {} },
      exit: 'forgetRetry',
      after: { retryDelay: '#connector.connecting.opening' },
      on: {
        'connector.start': 'connecting',
        'connector.restart': 'connecting',
        'connector.stop': { target: '#connector.stopped.byOperator', actions: 'forgetReason' },
        'connector.shutdown': '#connector.stopped.ended',
      },
    },
    stopped: {
      description: 'Stopped until an operator starts it again.',
      invoke: { id: 'release', src: 'release', input: ({ context }) => ({ id: context.id }), onError: {} },
      initial: 'byOperator',
      on: { 'connector.start': 'connecting', 'connector.restart': 'connecting' },
      states: {
        byOperator: {
          description: 'An operator stopped it; that is remembered when the gateway starts again.',
          tags: 'stopped',
          entry: 'forgetReason',
        },
        ended: {
          description: 'Its source has ended for good, or the gateway is stopping.',
          on: { 'connector.stop': 'byOperator' },
        },
        failed: {
          description: 'A fault that no retry mends; the reason says which.',
          on: { 'connector.stop': 'byOperator' },
        },
      },
    },
  },
});

/**
 * The wait before the next try, in milliseconds. `share` of the ceiling, from 0 to 1, is what full jitter draws; a failure
 * that says how long to wait waits that long, up to the ceiling of all.
 */
export function retryWait(context: ConnectorMachineContext, error: unknown, share: number): number {
  const asked = failureOf(error).retryAfterMs;
  if (asked !== null) return Math.min(asked, context.backoff.max_ms);
  return Math.round(share * backoffCeiling(context.backoff, context.attempt));
}

function lastAttempt({ attempt, backoff }: ConnectorMachineContext): boolean {
  return backoff.max_attempts > 0 && attempt + 1 >= backoff.max_attempts;
}
