/** The machines with their implementations: the seam between what happens (machines) and how (sessions). */
import { assign, fromPromise } from 'xstate';
import {
  connectorMachine,
  healthosMachine,
  journalMachine,
  retryWait,
  validatorMachine,
} from '../../machines/index.ts';
import type { ConnectorSession } from './connector-session.ts';
import type { ManagedJournal, ManagedWorker, WorkerSession } from './worker-session.ts';

export interface Implementations {
  /** The session of a connector; there is one for each that the root was given. */
  readonly session: (id: string) => ConnectorSession;
  readonly validator: WorkerSession<ManagedWorker>;
  readonly journal: WorkerSession<ManagedJournal>;
  /** From 0 up to 1: full jitter draws its share of the backoff by it. */
  readonly random: () => number;
  readonly openBus: (signal: AbortSignal) => Promise<void>;
  readonly drainConnectors: () => Promise<void>;
  readonly stopValidator: () => Promise<void>;
  readonly stopJournal: () => Promise<void>;
}

export function provideRoot(how: Implementations): typeof healthosMachine {
  return healthosMachine.provide({
    actors: {
      connector: provideConnector(how),
      validator: provideValidator(how.validator),
      journal: provideJournal(how.journal),
      openBus: fromPromise<unknown>(({ signal }) => how.openBus(signal)),
      drainConnectors: fromPromise<unknown>(() => how.drainConnectors()),
      stopValidator: fromPromise<unknown>(() => how.stopValidator()),
      stopJournal: fromPromise<unknown>(() => how.stopJournal()),
    },
  });
}

function provideConnector({ session, random }: Implementations): typeof connectorMachine {
  return connectorMachine.provide({
    actors: {
      configure: fromPromise(({ input, signal }) => session(input.id).configure(signal)),
      connect: fromPromise(({ input, signal }) => session(input.id).connect(signal)),
      run: fromPromise(({ input, signal }) => session(input.id).run(signal)),
      drain: fromPromise(({ input, signal }) => session(input.id).drain(signal)),
      release: fromPromise(({ input }) => session(input.id).release()),
    },
    actions: {
      drawRetry: assign({
        retryInMs: ({ context, event }) =>
          retryWait(context, 'error' in event ? event.error : null, random()),
      }),
    },
  });
}

function provideValidator(worker: WorkerSession<ManagedWorker>): typeof validatorMachine {
  return validatorMachine.provide({
    actors: {
      start: fromPromise<unknown>(({ signal }) => worker.start(signal)),
      watch: fromPromise<unknown>(() => worker.watch()),
      stop: fromPromise<unknown>(() => worker.stop()),
    },
  });
}

function provideJournal(worker: WorkerSession<ManagedJournal>): typeof journalMachine {
  return journalMachine.provide({
    actors: {
      open: fromPromise<unknown>(({ signal }) => worker.start(signal)),
      catchUp: fromPromise<unknown>(async () => {
        await worker.worker?.caughtUp;
      }),
      watch: fromPromise<unknown>(() => worker.watch()),
      close: fromPromise<unknown>(() => worker.stop()),
    },
  });
}
