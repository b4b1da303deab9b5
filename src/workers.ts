/** Worker threads: found beside the module that starts them, in source (.ts) and compiled (.js) alike. */
import { setPriority } from 'node:os';

/**
 * Low enough that intake goes first, high enough that a sustained load does not starve verdicts: what a burst needs beyond
 * that, `burst.ts` gives. On Linux a priority belongs to the thread that asks for it, not to the process.
 */
const LOW = 4;

/** Called by a thread whose work can wait while messages are taken in. */
export function letIntakeGoFirst(): void {
  try {
    if (process.platform === 'linux') setPriority(0, LOW);
  } catch {
    // A sandbox may forbid it: then the threads share alike.
  }
}

/** The URL of a sibling module of the worker's name, with the extension under which the caller itself runs. */
export function workerUrl(caller: string, name: string): URL {
  return new URL(`${name}${caller.endsWith('.ts') ? '.ts' : '.js'}`, caller);
}
