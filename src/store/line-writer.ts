/**
 * Writes lines to a file descriptor from a thread other than the main one: whole lines, at most 4,096 bytes a write, so
 * that on a pipe they never mix with those of others (POSIX: writes of up to PIPE_BUF bytes are atomic). A reader who
 * is slow is waited for up to a limit, beyond which lines are left out and counted: who reads the log must not be able to
 * stop the journal.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** How a line says that lines were left out. */
export type LeftOut = (lines: number) => string;

const MOST_BYTES_A_WRITE = 4096;
const MOST_UNWRITTEN_BYTES = 1024 * 1024;
const RETRY_MS = 10;

export class LineWriter {
  readonly #fd: number;
  readonly #leftOut: LeftOut;
  /** What is to be written, a write each. */
  #chunks: Buffer[] = [];
  #unwritten = 0;
  #lines: string[] = [];
  #bytes = 0;
  #missed = 0;
  #gone = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(fd: number, leftOut: LeftOut) {
    this.#fd = fd;
    this.#leftOut = leftOut;
  }

  /** Takes a line, with its line feed; `flush` writes it. */
  add(line: string): void {
    if (this.#gone) return;
    if (this.#unwritten > MOST_UNWRITTEN_BYTES) this.#missed++;
    else if (this.#missed === 0) this.#append(line);
    else {
      const missed = this.#missed;
      this.#missed = 0;
      this.#append(this.#leftOut(missed));
      this.#append(line);
    }
  }

  /** Writes what there is, as far as the reader takes it; the rest follows by itself. */
  flush(): void {
    this.#seal();
    while (!this.#gone) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) return;
      const written = this.#write(chunk);
      if (written === 0) return;
      this.#unwritten -= written;
      if (written < chunk.length) this.#chunks[0] = chunk.subarray(written);
      else this.#chunks.shift();
    }
  }

  /** Writes what there is; gives up after a moment where nobody reads it. */
  async close(): Promise<void> {
    const end = performance.now() + 300;
    this.flush();
    while (this.#chunks.length > 0 && performance.now() < end) {
      await setTimeout(RETRY_MS);
      this.flush();
    }
    clearTimeout(this.#retry);
    this.#stop();
  }

  #append(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes + bytes > MOST_BYTES_A_WRITE) this.#seal();
    this.#lines.push(line);
    this.#bytes += bytes;
    this.#unwritten += bytes;
  }

  #seal(): void {
    if (this.#lines.length === 0) return;
    this.#chunks.push(Buffer.from(this.#lines.join('')));
    this.#lines = [];
    this.#bytes = 0;
  }

  /** How many bytes were taken; 0 where the reader takes none now. */
  #write(chunk: Buffer): number {
    try {
      return writeSync(this.#fd, chunk);
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN') this.#retryLater();
      // Nobody reads any more (EPIPE), or the disk of the log is full: the journal goes on without it.
      else this.#stop();
      return 0;
    }
  }

  #retryLater(): void {
    this.#retry ??= globalThis.setTimeout(() => {
      this.#retry = undefined;
      this.flush();
    }, RETRY_MS);
  }

  #stop(): void {
    this.#gone = true;
    this.#chunks = [];
    this.#lines = [];
  }
}
