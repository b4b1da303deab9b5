/**
 * While a burst lasts, messages are taken in first: what reads them rests, for as long as it had time before, and no longer
 * than two seconds. A sender waits for the disk alone then, not for validators; afterwards they catch up.
 *
 * It is a burst when messages are taken in faster than the validator judges them. The validator sees that, since it is
 * handed full batches while more comes in; it says in memory that all threads share until when to rest.
 */
import { setTimeout } from 'node:timers/promises';

/** Nobody rests longer than this without having caught up in between; milliseconds. */
export const LONGEST_MS = 2000;
/** One rest: after it the readers look whether the burst goes on. */
const REST_MS = 20;
/** So many messages taken in during a rest are a burst that goes on. */
const STREAM = 32;

/** Memory shared by the threads: who takes messages in counts them, who judges them says until when to rest. */
export class Burst {
  readonly shared: SharedArrayBuffer;
  readonly #taken: Int32Array;
  readonly #awaited: Int32Array;
  readonly #until: BigInt64Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#taken = new Int32Array(shared, 0, 1);
    this.#awaited = new Int32Array(shared, 4, 1);
    this.#until = new BigInt64Array(shared, 8, 1);
  }

  /** A message is taken in. */
  took(): void {
    Atomics.add(this.#taken, 0, 1);
  }

  /** How many were taken in, ever; counts on from the lowest number after the highest. */
  get taken(): number {
    return Atomics.load(this.#taken, 0);
  }

  /** Whether somebody waits for verdicts: then nobody rests. */
  set isAwaited(is: boolean) {
    Atomics.store(this.#awaited, 0, is ? 1 : 0);
  }

  get isAwaited(): boolean {
    return Atomics.load(this.#awaited, 0) === 1;
  }

  restUntil(time: number): void {
    Atomics.store(this.#until, 0, BigInt(time));
  }

  /** Resolves when the rest that the validator has begun is over, or at once. */
  async over(signal: AbortSignal): Promise<void> {
    const left = () => Number(Atomics.load(this.#until, 0)) - Date.now();
    for (let ms = left(); ms > 0 && !signal.aborted; ms = left())
      await setTimeout(ms, undefined, { signal }).catch(() => undefined);
  }
}

/** The validator's part: rests between batches while a burst lasts. */
export class Pace {
  readonly #burst: Burst;
  #allowanceMs = LONGEST_MS;
  #since = performance.now();

  constructor(burst: Burst) {
    this.#burst = burst;
  }

  /** After a batch, full or not. */
  async afterBatch(isFull: boolean, signal: AbortSignal): Promise<void> {
    if (!isFull) this.#recover();
    else while (this.#allowanceMs > 0 && !this.#burst.isAwaited && (await this.#rest(signal)));
  }

  /** It has caught up: the time since the last burst counts as rest to come. */
  #recover(): void {
    const now = performance.now();
    this.#allowanceMs = Math.min(LONGEST_MS, this.#allowanceMs + now - this.#since);
    this.#since = now;
  }

  /** True while the burst goes on. */
  async #rest(signal: AbortSignal): Promise<boolean> {
    const before = this.#burst.taken;
    const begun = performance.now();
    this.#burst.restUntil(Date.now() + 2 * REST_MS);
    await setTimeout(REST_MS, undefined, { signal }).catch(() => undefined);
    this.#since = performance.now();
    this.#allowanceMs -= this.#since - begun;
    return !signal.aborted && ((this.#burst.taken - before) | 0) >= STREAM;
  }
}
