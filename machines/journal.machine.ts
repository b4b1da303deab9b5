/** The life of the journal: a projection of the bus, which can be deleted and is then rebuilt from it. */
import { assign, fromPromise, setup } from 'xstate';
import { backoffCeiling, failureOf, provided } from './events.ts';
import type { Ended } from './events.ts';
import type { WorkerContext, WorkerInput } from './validator.machine.ts';

export type JournalEvent =
  { readonly type: 'journal.stop' } | Ended<'open'> | Ended<'catchUp'> | Ended<'watch'> | Ended<'close'>;

const lost = { target: '#journal.backoff', actions: ['noteFailure', 'countAttempt'] } as const;

export const journalMachine = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as JournalEvent,
    input: {} as WorkerInput,
    tags: {} as 'ready',
  },
  actors: {
    open: fromPromise<unknown>(provided),
    /** Resolves when it is no longer far behind the bus. */
    catchUp: fromPromise<unknown>(provided),
    /** Resolves or rejects when the worker has ended by itself. */
    watch: fromPromise<unknown>(provided),
    close: fromPromise<unknown>(provided),
  },
  actions: {
    noteFailure: assign({ reason: ({ event }) => ('error' in event ? failureOf(event.error).reason : null) }),
    forgetReason: assign({ reason: null }),
    countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
    forgetAttempts: assign({ attempt: 0 }),
  },
  delays: {
    openLimit: 10_000,
    closeLimit: 900,
    retryDelay: ({ context }) => backoffCeiling(context.backoff, context.attempt),
    steady: ({ context }) => context.backoff.max_ms,
  },
}).createMachine({
  id: 'journal',
  description: 'The life of the journal of messages.',
  context: ({ input }) => ({ ...input, attempt: 0, reason: null }),
  initial: 'opening',
  on: { 'journal.stop': '.closing' },
  states: {
    opening: {
      description: 'Its thread opens the file and joins the bus.',
      invoke: { id: 'open', src: 'open', onDone: 'up', onError: lost },
      after: { openLimit: { target: 'backoff', actions: 'countAttempt' } },
    },
    up: {
      description: 'Reads the bus and answers questions.',
      entry: 'forgetReason',
      invoke: {
        id: 'watch',
        src: 'watch',
        onDone: { target: 'backoff', actions: 'countAttempt' },
        onError: lost,
      },
      after: { steady: { actions: 'forgetAttempts' } },
      initial: 'rebuilding',
      states: {
        rebuilding: {
          description: 'Far behind the bus: what it answers is not yet complete.',
          invoke: { id: 'catchUp', src: 'catchUp', onDone: 'following', onError: lost },
        },
        following: { description: 'Keeps up with the bus.', tags: 'ready' },
      },
    },
    backoff: {
      description: 'It ended or did not open: waits, then opens again. Nothing is lost: the bus has it all.',
      after: { retryDelay: 'opening' },
    },
    closing: {
      description: 'Writes down how far it came, up to a limit.',
      on: { 'journal.stop': {} },
      invoke: { id: 'close', src: 'close', onDone: 'stopped', onError: 'stopped' },
      after: { closeLimit: 'stopped' },
    },
    stopped: { description: 'The gateway is stopping.', type: 'final' },
  },
});
