/**
 * How far the steps were told: to the log, the metrics, the listeners. Lies in memory that outlives the journal's
 * thread, so that neither a restart of the thread nor a rebuild tells anything twice.
 */
export class Told {
  readonly #position: BigInt64Array;

  /** The first thread of a process begins after what the bus holds then; a later one where the last one came to. */
  constructor(shared: SharedArrayBuffer, lastSeq: number) {
    this.#position = new BigInt64Array(shared);
    Atomics.compareExchange(this.#position, 0, NOT_BEGUN, BigInt(lastSeq));
  }

  static shared(): SharedArrayBuffer {
    const shared = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    new BigInt64Array(shared)[0] = NOT_BEGUN;
    return shared;
  }

  /** What has not been told yet; from now on it has. In order of position. */
  news<Item extends { readonly seq: number }>(items: readonly Item[]): readonly Item[] {
    const last = items.at(-1);
    const told = Number(Atomics.load(this.#position, 0));
    if (last === undefined || last.seq <= told) return [];
    Atomics.store(this.#position, 0, BigInt(last.seq));
    return (items[0]?.seq ?? 0) > told ? items : items.filter(({ seq }) => seq > told);
  }
}

const NOT_BEGUN = -1n;
