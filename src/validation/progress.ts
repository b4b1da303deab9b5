/**
 * What a validation thread is at, in memory shared with the thread that watches it: a thread that hangs, or dies, can
 * no longer say which message it was.
 */
export class Progress {
  readonly shared: SharedArrayBuffer;
  readonly #values: Float64Array;
  readonly #turn: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(24)) {
    this.shared = shared;
    this.#values = new Float64Array(shared, 0, 2);
    this.#turn = new Int32Array(shared, 16, 1);
  }

  /** Work on the message at this position begins. */
  begin(seq: number, at: number): void {
    this.#values[0] = seq;
    this.#values[1] = at;
    // The atomic operation makes the plain stores before it visible to the other thread.
    Atomics.add(this.#turn, 0, 1);
  }

  end(): void {
    this.#values[0] = 0;
    Atomics.add(this.#turn, 0, 1);
  }

  /** The message that is worked on and since when (milliseconds since the epoch), or undefined. */
  current(): { readonly seq: number; readonly since: number } | undefined {
    Atomics.load(this.#turn, 0);
    const seq = this.#values[0] ?? 0;
    return seq === 0 ? undefined : { seq, since: this.#values[1] ?? 0 };
  }
}
