/**
 * Waits a moment for the next message without going to sleep. To wake a sleeping thread takes longer than a quick disk
 * takes to sync, and where few messages are in flight each of them would pay for it twice.
 */

/** Nobody lingers longer than this; milliseconds. A quick disk syncs in a fifth of it, but not each time. */
const LONGEST_MS = 1;
/** After so many times in vain it is given up, and tried again after so many turns. */
const TRIES = 4;
const PAUSE = 64;

export class Linger {
  #misses = 0;
  #paused = 0;

  /** When to stop waiting, in the time of `performance.now()`; 0 where it is not worth while now. */
  until(): number {
    if (this.#misses >= TRIES && ++this.#paused < PAUSE) return 0;
    this.#paused = 0;
    return performance.now() + LONGEST_MS;
  }

  /** Whether something came. */
  ended(hit: boolean): void {
    this.#misses = hit ? 0 : this.#misses + 1;
  }
}
