/** The journal's thread: joins the bus by its ticket, keeps the file in step with it, and answers questions. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { joinBus } from '../bus/join-bus.ts';
import type { JournalThreadData } from './journal-protocol.ts';
import { runJournal } from './journal-thread.ts';

/** Lets the threads that take messages in go first; on Linux a priority belongs to a thread, not to the process. */
const NICE = 19;

try {
  if (process.platform === 'linux') setPriority(0, NICE);
} catch {
  // A sandbox may forbid it: then the threads share alike.
}

if (parentPort !== null) {
  // The thread is started by `open-journal.ts` alone, with exactly this.
  const data = workerData as JournalThreadData;
  await runJournal(data, await joinBus(data.ticket), parentPort);
  parentPort.close();
}
