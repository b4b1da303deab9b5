/** Starts the journal's thread, watches it, and carries messages to it. */
import { Worker } from 'node:worker_threads';
import type { Reason } from '../actors/status.ts';
import type { ManagedJournal } from '../actors/worker-session.ts';
import type { BusTicket } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import { workerUrl } from '../workers.ts';
import type { FromJournal, JournalThreadData, ToJournal } from './journal-protocol.ts';

export interface JournalLink extends ManagedJournal {
  say(message: ToJournal): void;
}

const STOP_LIMIT_MS = 2000;

/** Resolves when the thread answers; rejects with `journal/unavailable` where it ends before, or the signal aborts. */
export async function startJournalThread(
  ticket: BusTicket,
  data: Omit<JournalThreadData, 'ticket'>,
  onMessage: (message: FromJournal) => void,
  signal?: AbortSignal,
): Promise<JournalLink> {
  const worker = new Worker(workerUrl(import.meta.url, './journal-worker'), {
    name: 'journal',
    workerData: { ...data, ticket: ticket.ticket } satisfies JournalThreadData,
    transferList: [...ticket.transfer],
  });
  const end = () => void worker.terminate();
  signal?.addEventListener('abort', end, { once: true });
  const exited = exitOf(worker);
  const caughtUp = said(worker, 'caughtUp');
  const first = await Promise.race([said(worker, 'ready'), exited]);
  signal?.removeEventListener('abort', end);
  if (first !== undefined) throw new HealthosError('journal/unavailable', first.reason.message);
  worker.on('message', onMessage);
  return {
    exited,
    caughtUp,
    say: (message) => worker.postMessage(message),
    stop: () => stop(worker, exited),
  };
}

function said(worker: Worker, type: FromJournal['type']): Promise<undefined> {
  return new Promise((resolve) => {
    worker.on('message', function listen(message: FromJournal) {
      if (message.type !== type) return;
      worker.off('message', listen);
      resolve(undefined);
    });
  });
}

/** The thread logs by itself why it could not go on; here only that it has ended. */
function exitOf(worker: Worker): Promise<{ readonly reason: Reason }> {
  worker.on('error', () => undefined);
  return new Promise((resolve) => {
    worker.once('exit', (code) => {
      const message = code === 0 ? 'The journal has ended.' : 'The journal failed and is started again.';
      resolve({ reason: { code: 'journal/ended', message, retryable: true } });
    });
  });
}

async function stop(worker: Worker, exited: Promise<unknown>): Promise<void> {
  worker.postMessage({ type: 'stop' } satisfies ToJournal);
  const limit = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS);
  await exited;
  clearTimeout(limit);
}
