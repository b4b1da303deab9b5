/**
 * The bytes of a connection, taken as they are asked for. Of what nobody asks for some is held, so that the system hands it
 * over in one go; the rest waits in the socket, and its sender with it.
 */
import type { Readable } from 'node:stream';
import { freeNow } from '../free-now.ts';
import { AssociationFault, ended } from './faults.ts';

const nothing = Buffer.alloc(0);
const MOST_HELD_BYTES = 512 * 1024;
/** So much is kept to be freed at once; of an object that is larger the collector frees the rest. */
const MOST_SPENT_BYTES = 8 * 1024 * 1024;

export class Incoming {
  readonly #socket: Readable;
  /** Chunks that came and were not begun. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  /** What is left of the current chunk. */
  #chunk: Buffer = nothing;
  #current: Buffer = nothing;
  /** Chunks that were handed out to their end. */
  #spent: Buffer[] = [];
  #spentBytes = 0;
  #failure: AssociationFault | undefined;
  #waiter: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout;

  constructor(socket: Readable, silentMs: number) {
    this.#socket = socket;
    this.#timer = this.#timerOf(silentMs);
    const over = (cause?: unknown) => this.fail(ended(cause));
    socket
      .on('data', (chunk: Buffer) => this.#hold(chunk))
      .once('end', () => this.#waiter?.resolve())
      .on('error', over)
      .once('close', () => over());
  }

  /** From now on so long a silence is too long; milliseconds. */
  allowSilence(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#timerOf(ms);
  }

  /** Whoever waits for bytes hears of it, and whoever asks from now on. The first failure stays. */
  fail(error: AssociationFault): void {
    this.#failure ??= error;
    clearTimeout(this.#timer);
    this.#waiter?.reject(this.#failure);
  }

  /** Frees what was handed out: nobody may use it any more. */
  release(): void {
    for (const chunk of this.#spent) freeNow(chunk);
    this.#forgetSpent();
  }

  #forgetSpent(): void {
    this.#spent = [];
    this.#spentBytes = 0;
  }

  /** Nobody asks for more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** So many bytes, all of them; undefined where the connection ended before the first one. */
  async take(count: number): Promise<Buffer | undefined> {
    this.#assertGoesOn();
    if (this.#chunk.length >= count) return this.#cut(count);
    const parts: Buffer[] = [];
    for (let missing = count; missing > 0;) {
      const part = await this.#some(missing);
      if (part === undefined && missing === count) return undefined;
      if (part === undefined) throw ended();
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** As many bytes as have come, at least one and at most so many. */
  async some(most: number): Promise<Buffer> {
    const part = await this.#some(most);
    if (part === undefined) throw ended();
    return part;
  }

  async #some(most: number): Promise<Buffer | undefined> {
    while (this.#chunk.length === 0) {
      this.#assertGoesOn();
      const chunk = this.#held.shift();
      if (chunk !== undefined) this.#begin(chunk);
      else if (this.#socket.readableEnded) return undefined;
      else await this.#wait();
    }
    return this.#cut(Math.min(most, this.#chunk.length));
  }

  /** What came before the connection ended is good. */
  #assertGoesOn(): void {
    const failure = this.#failure;
    if (failure !== undefined && (failure.kind !== 'ended' || this.#held.length === 0)) throw failure;
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= MOST_HELD_BYTES) this.#socket.pause();
    this.#waiter?.resolve();
  }

  #begin(chunk: Buffer): void {
    this.#heldBytes -= chunk.length;
    if (this.#socket.isPaused() && this.#heldBytes < MOST_HELD_BYTES / 2) this.#socket.resume();
    this.#chunk = chunk;
    this.#spentBytes += chunk.length;
    if (this.#spentBytes > MOST_SPENT_BYTES) this.#forgetSpent();
    this.#current = chunk;
  }

  #cut(count: number): Buffer {
    const part = this.#chunk.subarray(0, count);
    const isSpent = count === this.#chunk.length;
    if (isSpent && count > 0) this.#spent.push(this.#current);
    this.#chunk = isSpent ? nothing : this.#chunk.subarray(count);
    return part;
  }

  /** The silence counts while somebody waits: our own work does not make the other end silent. */
  async #wait(): Promise<void> {
    this.#waiter = Promise.withResolvers();
    this.#timer.refresh();
    try {
      await this.#waiter.promise;
    } finally {
      this.#waiter = undefined;
    }
  }

  #timerOf(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#waiter === undefined) return;
      this.fail(new AssociationFault('silent', 'Nothing came for too long.'));
    }, ms).unref();
  }
}
