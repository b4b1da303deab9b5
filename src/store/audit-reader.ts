/** Reads the lines of a file from its end, a block at a time. */
import type { FileHandle } from 'node:fs/promises';

const BLOCK = 64 * 1024;

export class TailReader {
  readonly #handle: FileHandle;
  /** Read, not yet given: the bytes from `#start` up to `position`. */
  #block = Buffer.alloc(0);
  #start: number;

  /** Lines that end before `position` are given, the last one first. */
  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#start = position;
  }

  /** Where the line that was given last begins: everything before is still to be given. */
  get position(): number {
    return this.#start + this.#block.length;
  }

  async previousLine(): Promise<string | undefined> {
    if (this.position === 0) return undefined;
    let from = this.#lineStart();
    while (from === undefined) {
      await this.#readBefore();
      from = this.#lineStart();
    }
    const line = this.#block.toString('utf8', from).trimEnd();
    this.#block = this.#block.subarray(0, from);
    return line;
  }

  /** Where the last line of the block begins, or undefined while more has to be read to know. */
  #lineStart(): number | undefined {
    const newline = this.#block.length < 2 ? -1 : this.#block.lastIndexOf(0x0a, this.#block.length - 2);
    if (newline >= 0) return newline + 1;
    return this.#start === 0 ? 0 : undefined;
  }

  async #readBefore(): Promise<void> {
    const length = Math.min(BLOCK, this.#start);
    const before = Buffer.alloc(length);
    await this.#handle.read(before, 0, length, this.#start - length);
    this.#block = Buffer.concat([before, this.#block]);
    this.#start -= length;
  }
}
