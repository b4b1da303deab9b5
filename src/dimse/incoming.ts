/** The bytes of a connection, taken as they are asked for: what nobody asks for waits in the socket, and its sender with it. */
import type { Socket } from 'node:net';
import { AssociationFault, ended } from './faults.ts';

const nothing = Buffer.alloc(0);

export class Incoming {
  readonly #socket: Socket;
  #chunk: Buffer = nothing;
  #failure: AssociationFault | undefined;
  #waiter: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout;

  constructor(socket: Socket, silentMs: number) {
    this.#socket = socket;
    this.#timer = this.#timerOf(silentMs);
    const wake = () => this.#waiter?.resolve();
    const over = (cause?: unknown) => this.fail(ended(cause));
    socket
      .on('readable', wake)
      .once('end', wake)
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

  /** Nobody asks for more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** So many bytes, all of them; undefined where the connection ended before the first one. */
  async take(count: number): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
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
      if (this.#failure !== undefined) throw this.#failure;
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null) this.#chunk = chunk;
      else if (this.#socket.readableEnded) return undefined;
      else await this.#wait();
    }
    return this.#cut(Math.min(most, this.#chunk.length));
  }

  #cut(count: number): Buffer {
    const part = this.#chunk.subarray(0, count);
    this.#chunk = count === this.#chunk.length ? nothing : this.#chunk.subarray(count);
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
