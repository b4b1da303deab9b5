/**
 * While a burst lasts, messages are taken in first: what reads them rests, for as long as it was calm before, and no longer
 * than two seconds. A sender waits for the disk alone then, not for validators; afterwards they catch up.
 *
 * It is a burst when messages are taken in faster than the validator judges them. The validator sees that, since it is
 * handed full batches while more comes in; it says in memory that all threads share until when to rest.
 */
import { setTimeout } from 'node:timers/promises';

/** Nobody rests longer than this without a calm in between; milliseconds. */
export const LONGEST_MS = 2000;
/** One rest: after it the readers look whether the burst goes on. */
const REST_MS = 20;
/** So many messages taken in during a rest are a burst that goes on. */
const STREAM = 100;
/**
 * With fewer in a batch it is calm: they come from senders that await each answer, and what a batch costs is saved by
 * gathering a few of them. With more the next ones are on their way, and are gathered for a while.
 */
const BUSY = 16;
/** While it keeps up, the validator works no more than a sixth of the time; where that is not enough, it is a burst. */
const GATHER_SHARE = 5;
const LEAST_GATHER_MS = 2;
const LONGEST_GATHER_MS = 8;
/** Who waited for a verdict is likely to wait for the next one at once. */
const LIKELY_MS = 1000;

/** Memory shared by the threads: who takes messages in counts them, who judges them says until when to rest. */
export class Burst {
  readonly shared: SharedArrayBuffer;
  readonly #taken: Int32Array;
  readonly #awaited: Int32Array;
  readonly #until: BigInt64Array;
  readonly #likelyUntil: BigInt64Array;
  readonly #now: () => number;

  /** `now`: milliseconds since the epoch. */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(24), now: () => number = Date.now) {
    this.shared = shared;
    this.#now = now;
    this.#taken = new Int32Array(shared, 0, 1);
    this.#awaited = new Int32Array(shared, 4, 1);
    this.#until = new BigInt64Array(shared, 8, 1);
    this.#likelyUntil = new BigInt64Array(shared, 16, 1);
  }

  /** A message is taken in. */
  took(): void {
    Atomics.add(this.#taken, 0, 1);
  }

  /** How many were taken in, ever; counts on from the lowest number after the highest. */
  get taken(): number {
    return Atomics.load(this.#taken, 0);
  }

  /** Whether somebody waits for verdicts, or did so a moment ago: then nobody rests. */
  set isAwaited(is: boolean) {
    Atomics.store(this.#awaited, 0, is ? 1 : 0);
    if (!is) Atomics.store(this.#likelyUntil, 0, BigInt(this.#now() + LIKELY_MS));
  }

  get isAwaited(): boolean {
    return Atomics.load(this.#awaited, 0) === 1 || this.#now() < Number(Atomics.load(this.#likelyUntil, 0));
  }

  restUntil(time: number): void {
    Atomics.store(this.#until, 0, BigInt(time));
  }

  /** Resolves when the rest that the validator has begun is over, or at once. */
  async over(signal: AbortSignal): Promise<void> {
    const left = () => Number(Atomics.load(this.#until, 0)) - Date.now();
    for (let ms = left(); ms > 0 && !signal.aborted; ms = left()) await wait(ms, signal);
  }
}

/** How the time passes; another one in tests. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Resolves after so many milliseconds, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const realClock: Clock = { now: () => performance.now(), wait };

/** The validator's part: it lets messages gather, and rests between batches while a burst lasts. */
export class Pace {
  readonly #burst: Burst;
  readonly #clock: Clock;
  #allowanceMs = LONGEST_MS;
  /** When the last batch or rest was over, and when the batch at hand was begun. */
  #doneAt: number;
  #begunAt: number;

  constructor(burst: Burst, clock: Clock = realClock) {
    this.#burst = burst;
    this.#clock = clock;
    this.#doneAt = clock.now();
    this.#begunAt = this.#doneAt;
  }

  /** Before the work on a batch of so many messages. */
  beforeBatch(messages: number): void {
    this.#begunAt = this.#clock.now();
    const idleMs = this.#begunAt - this.#doneAt;
    // A burst that begins with a full batch ends a calm, too.
    if (messages >= BUSY && idleMs < REST_MS) return;
    this.#allowanceMs = Math.min(LONGEST_MS, this.#allowanceMs + idleMs);
  }

  /** After it, of so many messages out of those that it could have had. */
  async afterBatch(messages: number, most: number, signal: AbortSignal): Promise<void> {
    this.#doneAt = this.#clock.now();
    if (this.#burst.isAwaited) return;
    const gatherMs = Math.max(LEAST_GATHER_MS, (this.#doneAt - this.#begunAt) * GATHER_SHARE);
    if (messages < BUSY) await this.#clock.wait(LONGEST_GATHER_MS, signal);
    else if (messages === most || gatherMs > LONGEST_GATHER_MS) await this.#restWhileItLasts(signal);
    else await this.#clock.wait(gatherMs, signal);
    this.#doneAt = this.#clock.now();
  }

  async #restWhileItLasts(signal: AbortSignal): Promise<void> {
    let goesOn = true;
    while (goesOn && this.#allowanceMs > 0 && !this.#burst.isAwaited && !signal.aborted) {
      const before = this.#burst.taken;
      this.#burst.restUntil(Date.now() + 2 * REST_MS);
      await this.#clock.wait(REST_MS, signal);
      this.#allowanceMs -= REST_MS;
      // The difference is right also where the count has begun again at the lowest number.
      goesOn = ((this.#burst.taken - before) | 0) >= STREAM;
    }
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
