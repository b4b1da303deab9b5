/**
 * A way from one thread to another through shared memory: one writes, the other reads, in order, and neither waits. What
 * goes by a port costs each side some 15 microseconds and the waking of a thread; where the other side is awake this costs one.
 *
 * It is a ring of entries, each a text and bytes. Only the writer moves WRITTEN and only the reader moves READ, and
 * each after it is done with the bytes in between (Atomics are sequentially consistent: ECMA-262, 29.1).
 */

/** Where the ring's state lies, in numbers of four bytes: a cache line for each, since two threads look at them all the time. */
const WRITTEN = 0;
const READ = 16;
const WATCHED = 32;
const STATE_BYTES = 192;
/** Before an entry: the bytes of its text and its own. */
const HEAD_BYTES = 8;
/** Instead of a head: the next entry is at the beginning. */
const GOES_ON_AT_START = -1;
const ALIGNMENT = 8;

export interface Entry {
  readonly text: string;
  /** In the lane itself: copy them before the next entry is asked for. */
  readonly bytes: Uint8Array;
}

/** The memory of a lane for so many bytes at once. What was never written to takes no memory. */
export function laneMemory(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(STATE_BYTES + bytes);
}

export class Lane {
  readonly #state: Int32Array;
  readonly #ring: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, STATE_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#ring = Buffer.from(memory, STATE_BYTES);
  }

  /** The reader looks again before it sleeps: what is written now needs no bell. Ask after writing. */
  get isWatched(): boolean {
    return Atomics.load(this.#state, WATCHED) === 1;
  }

  /** The reader's: after it stops to watch it has to read once more. */
  watch(isWatched: boolean): void {
    Atomics.store(this.#state, WATCHED, isWatched ? 1 : 0);
  }

  /** False where there is no room now; then nothing was written. `fill` writes the bytes to where they belong. */
  write(text: string, bytes = 0, fill?: (target: Buffer, start: number) => void): boolean {
    const textBytes = Buffer.byteLength(text);
    const needed = aligned(HEAD_BYTES + textBytes + bytes);
    const at = this.#roomFor(needed);
    if (at === undefined) return false;
    this.#ring.writeInt32LE(textBytes, at);
    this.#ring.writeInt32LE(bytes, at + 4);
    this.#ring.write(text, at + HEAD_BYTES);
    fill?.(this.#ring, at + HEAD_BYTES + textBytes);
    Atomics.store(this.#state, WRITTEN, at + needed);
    return true;
  }

  /** Where so many bytes have room in one piece. They never reach the reader from behind: that would look like an empty ring. */
  #roomFor(needed: number): number | undefined {
    const read = Atomics.load(this.#state, READ);
    const written = Atomics.load(this.#state, WRITTEN);
    if (written < read) return written + needed < read ? written : undefined;
    if (written + needed <= this.#ring.byteLength) return written;
    if (needed >= read) return undefined;
    if (written < this.#ring.byteLength) this.#ring.writeInt32LE(GOES_ON_AT_START, written);
    return 0;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#state, READ) === Atomics.load(this.#state, WRITTEN);
  }

  /** The next entry, which stays where it is. Undefined where there is none. */
  peek(): Entry | undefined {
    const read = Atomics.load(this.#state, READ);
    if (read === Atomics.load(this.#state, WRITTEN)) return undefined;
    const at = this.#startOf(read);
    const text = at + HEAD_BYTES;
    const bytes = text + this.#ring.readInt32LE(at);
    const end = bytes + this.#ring.readInt32LE(at + 4);
    return { text: this.#ring.toString('utf8', text, bytes), bytes: this.#ring.subarray(bytes, end) };
  }

  /** Done with the entry that was seen. */
  next(): void {
    const at = this.#startOf(Atomics.load(this.#state, READ));
    const length = this.#ring.readInt32LE(at) + this.#ring.readInt32LE(at + 4);
    Atomics.store(this.#state, READ, at + aligned(HEAD_BYTES + length));
  }

  #startOf(read: number): number {
    const isAtEnd = read === this.#ring.byteLength || this.#ring.readInt32LE(read) === GOES_ON_AT_START;
    return isAtEnd ? 0 : read;
  }
}

/** Entries begin where a head has room before the end. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
