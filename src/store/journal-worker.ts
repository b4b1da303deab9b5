/** The journal's thread: joins the bus by its ticket, keeps the file in step with it, and answers questions. */
import { parentPort, workerData } from 'node:worker_threads';
import { joinBus } from '../bus/join-bus.ts';
import { letIntakeGoFirst } from '../workers.ts';
import type { JournalThreadData } from './journal-protocol.ts';
import { runJournal } from './journal-thread.ts';

letIntakeGoFirst();

if (parentPort !== null) {
  // The thread is started by `open-journal.ts` alone, with exactly this.
  const data = workerData as JournalThreadData;
  await runJournal(data, await joinBus(data.ticket), parentPort);
  parentPort.close();
}
