/** The newest rows, kept in memory: a consumer that keeps up reads no disk. */
import type { Row } from './stream.ts';

export class RecentRows {
  readonly #maxBytes: number;
  /** Consecutive positions; those before `#start` are given up. */
  #rows: Row[] = [];
  #start = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lowest position that is here; Infinity when there is none. */
  get first(): number {
    return this.#rows[this.#start]?.seq ?? Infinity;
  }

  add(row: Row): void {
    this.#rows.push(row);
    this.#bytes += sizeOf(row);
    while (this.#bytes > this.#maxBytes) this.#dropFirst();
    if (this.#start > 4096 && this.#start * 2 > this.#rows.length) this.#compact();
  }

  at(seq: number): Row | undefined {
    const first = this.first;
    return seq < first ? undefined : this.#rows[this.#start + seq - first];
  }

  dropThrough(seq: number): void {
    while (this.first <= seq) this.#dropFirst();
  }

  /** Gives up everything, as when a commit failed: the positions will be given again. */
  clear(): void {
    this.#rows = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  #dropFirst(): void {
    const row = this.#rows[this.#start];
    if (row !== undefined) this.#bytes -= sizeOf(row);
    this.#start += 1;
  }

  #compact(): void {
    this.#rows = this.#rows.slice(this.#start);
    this.#start = 0;
  }
}

function sizeOf(row: Row): number {
  return row.headers.byteLength + row.body.byteLength + 200;
}
