/** The newest batches, kept in memory: a consumer that keeps up reads no disk. */
import type { Slabs } from './slabs.ts';
import type { StoredBatch } from './stored-batch.ts';

export class RecentBatches {
  readonly #maxBytes: number;
  readonly #slabs: Slabs;
  /** In order of position, without gaps; those before `#start` are given up. */
  #batches: StoredBatch[] = [];
  #start = 0;
  #bytes = 0;

  /** What is given up goes back to the slabs. */
  constructor(maxBytes: number, slabs: Slabs) {
    this.#maxBytes = maxBytes;
    this.#slabs = slabs;
  }

  add(batch: StoredBatch): void {
    this.#batches.push(batch);
    this.#bytes += sizeOf(batch);
    while (this.#bytes > this.#maxBytes) this.#dropFirst();
    if (this.#start > 1024 && this.#start * 2 > this.#batches.length) this.#compact();
  }

  /** The batch that holds a position, if it is here. */
  at(seq: number): StoredBatch | undefined {
    const last = this.#batches.at(-1);
    if (last === undefined || seq > last.last) return undefined;
    let low = this.#start;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#batches[middle]?.first ?? 0) <= seq) low = middle;
      else high = middle - 1;
    }
    const found = this.#batches[low];
    return found?.holds(seq) === true ? found : undefined;
  }

  /** Gives up what lies up to a position. */
  dropThrough(seq: number): void {
    while ((this.#batches[this.#start]?.first ?? Infinity) <= seq) this.#dropFirst();
  }

  /** Gives up everything, as when a commit failed: the positions will be given again, and who was refused may be heard yet. */
  clear(): void {
    this.#batches = [];
    this.#start = 0;
    this.#bytes = 0;
  }

  #dropFirst(): void {
    const batch = this.#batches[this.#start];
    if (batch !== undefined) {
      this.#bytes -= sizeOf(batch);
      this.#slabs.giveBack(batch.headers);
    }
    this.#start += 1;
  }

  #compact(): void {
    this.#batches = this.#batches.slice(this.#start);
    this.#start = 0;
  }
}

function sizeOf({ layout, headers, bodies }: StoredBatch): number {
  return layout.byteLength + headers.byteLength + (bodies?.byteLength ?? 0);
}
