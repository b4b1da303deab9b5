/**
 * The life of the validation worker. The gateway is of no use without it, so it is started again for ever, at last at the
 * ceiling of its backoff, and the gateway is not ready meanwhile.
 */
import { assign, fromPromise, setup } from 'xstate';
import { backoffCeiling, failureOf, provided } from './events.ts';
import type { Backoff, Ended, Reason } from './events.ts';

export interface WorkerInput {
  readonly backoff: Backoff;
}

export interface WorkerContext extends WorkerInput {
  /** Failures in a row; forgotten when it has run steadily. */
  readonly attempt: number;
  readonly reason: Reason | null;
}

export type ValidatorEvent =
  { readonly type: 'validator.stop' } | Ended<'start'> | Ended<'watch'> | Ended<'stop'>;

export const validatorMachine = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as ValidatorEvent,
    input: {} as WorkerInput,
    tags: {} as 'ready',
  },
  actors: {
    start: fromPromise<unknown>(provided),
    /** Resolves or rejects when the worker has ended by itself. */
    watch: fromPromise<unknown>(provided),
    /** Lets the worker finish what it has in hand, and ends it. */
    stop: fromPromise<unknown>(provided),
  },
  actions: {
    noteFailure: assign({ reason: ({ event }) => ('error' in event ? failureOf(event.error).reason : null) }),
    forgetReason: assign({ reason: null }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    forgetAttempts: assign({ attempt: 0 }),
  },
  delays: {
    startLimit: 60_000,
    stopLimit: 1_400,
    retryDelay: ({ context }) => backoffCeiling(context.backoff, context.attempt),
    steady: ({ context }) => context.backoff.max_ms,
  },
}).createMachine({
  id: 'validator',
  description: 'The life of the validation worker.',
  context: ({ input }) => ({ ...input, attempt: 0, reason: null }),
  initial: 'starting',
  states: {
    starting: {
      description: 'Its thread loads the tables and joins the bus.',
      invoke: {
        id: 'start',
        src: 'start',
        onDone: 'running',
        onError: { target: 'backoff', actions: ['noteFailure', 'countAttempt'] },
      },
      after: { startLimit: { target: 'backoff', actions: 'countAttempt' } },
      on: { 'validator.stop': 'draining' },
    },
    running: {
      description: 'Consumes what came in and publishes verdicts.',
      tags: 'ready',
      entry: 'forgetReason',
      invoke: {
        id: 'watch',
        src: 'watch',
        onDone: { target: 'backoff', actions: 'countAttempt' },
        onError: { target: 'backoff', actions: ['noteFailure', 'countAttempt'] },
      },
      after: { steady: { actions: 'forgetAttempts' } },
      on: { 'validator.stop': 'draining' },
    },
    backoff: {
      description:
        'It ended or did not start: waits, then starts a new one. Nothing is lost: the bus keeps the messages.',
      after: { retryDelay: 'starting' },
      on: { 'validator.stop': 'draining' },
    },
    draining: {
      description: 'Finishes what it has in hand, up to a limit; the rest is taken up at the next start.',
      invoke: { id: 'stop', src: 'stop', onDone: 'stopped', onError: 'stopped' },
      after: { stopLimit: 'stopped' },
    },
    stopped: { description: 'The gateway is stopping.', type: 'final' },
  },
});
