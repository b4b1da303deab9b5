/** The stream itself: batches are appended to it, and messages are read from it, always within the store's transaction. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { areAdditions, NO_BYTES, withAdditions } from './packing.ts';
import { RecentBatches } from './recent-batches.ts';
import type { Slabs } from './slabs.ts';
import { asBatch, StoredBatch } from './stored-batch.ts';
import { SubjectTable } from './subject-table.ts';

export interface Row {
  readonly seq: number;
  readonly subject: number;
  readonly storedAt: number;
  /** The message that holds the body: its own `seq`, or that of the one from which it was forwarded. */
  readonly bodySeq: number;
  readonly headers: Uint8Array;
  /** Empty where the row was read without it. */
  readonly body: Uint8Array;
  /** The bytes of the body. */
  readonly size: number;
}

/** Where a body lies, and its bytes. */
export type BodyPlace = Pick<Row, 'bodySeq' | 'size'>;

/** Messages that are stored together: their layout, their headers end to end, their bodies end to end. */
export interface NewBatch {
  readonly layout: Float64Array;
  readonly headers: Uint8Array;
  readonly bodies: Uint8Array;
}

/** Which rows a reader wants, and whether with their bodies. */
export interface Wanted {
  readonly subjects: ReadonlySet<number>;
  readonly bodies: boolean;
}

/** How far a look for matching rows goes at once, so that a rare subject never holds up the store. */
const LOOK_AHEAD = 20_000;
const RECENT_BYTES = 24 * 1024 * 1024;
/** A reader that lags comes back to the batch that it read last, and verdicts to those of their messages. */
const KEPT_READ = 8;

export class Stream {
  readonly subjects: SubjectTable;
  lastSeq: number;
  readonly #database: DatabaseSync;
  readonly #recent: RecentBatches;
  /** Those that were read from disk last, the newest at the end. */
  #read: StoredBatch[] = [];
  readonly #insert: StatementSync;
  readonly #select;
  readonly #delete: StatementSync;
  readonly #first: StatementSync;

  constructor(database: DatabaseSync, slabs: Slabs) {
    this.#database = database;
    this.#recent = new RecentBatches(RECENT_BYTES, slabs);
    this.#insert = database.prepare('INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#select = { bodies: selectIn(database, ', bodies'), headers: selectIn(database, '') };
    this.#delete = database.prepare('DELETE FROM batches WHERE first = ?');
    this.#first = database.prepare('SELECT min(first) AS seq FROM batches');
    this.subjects = new SubjectTable(database);
    const last = database.prepare('SELECT first + count - 1 AS seq FROM batches ORDER BY first DESC LIMIT 1');
    this.lastSeq = Number(last.get()?.['seq'] ?? 0);
  }

  /** Answers the position of the first one. */
  append({ layout, headers, bodies }: NewBatch, storedAt: number): number {
    const batch = new StoredBatch(this.lastSeq + 1, storedAt, layout, headers, bodies);
    const { first, count } = batch;
    const forwarded = batch.bodyOfAt(0) === 0 ? 0 : 1;
    const layoutBytes = new Uint8Array(layout.buffer, layout.byteOffset, layout.byteLength);
    this.#insert.run(first, count, storedAt, forwarded, layoutBytes, headers, bodies);
    this.lastSeq = batch.last;
    this.#recent.add(batch);
    this.subjects.stored(batch);
    return first;
  }

  /** Headers of a row, which may be written as additions to those of the row at `of`. */
  wholeHeaders(of: number, written: Uint8Array): Uint8Array {
    const original = areAdditions(written) ? this.read(of, false) : undefined;
    return original === undefined ? written : withAdditions(original.headers, written);
  }

  /** Purges a batch whose messages were counted as removed already. */
  remove(first: number): void {
    this.#delete.run(first);
    this.#recent.dropThrough(first);
    this.#read = [];
  }

  /** The transaction was rolled back: the positions after this one were never given. */
  forget(lastSeq: number): void {
    this.lastSeq = lastSeq;
    this.#recent.clear();
    this.#read = [];
  }

  /** Undefined where it is no longer kept: also a forwarded one whose body is gone. */
  read(seq: number, withBody = true): Row | undefined {
    const batch = this.batchAt(seq, withBody);
    return batch === undefined ? undefined : this.#row(batch, seq - batch.first, withBody);
  }

  #row(batch: StoredBatch, i: number, withBody: boolean): Row | undefined {
    const seq = batch.first + i;
    const subject = batch.subjectAt(i);
    const written = batch.headersAt(i);
    const { storedAt } = batch;
    const size = batch.sizeAt(i);
    const bodyOf = batch.bodyOfAt(i);
    if (bodyOf === 0) {
      const body = withBody ? batch.bodyAt(i) : NO_BYTES;
      return { seq, subject, storedAt, bodySeq: seq, headers: written, body, size };
    }
    const original = this.read(bodyOf, withBody);
    if (original === undefined) return undefined;
    const headers = areAdditions(written) ? withAdditions(original.headers, written) : written;
    return { seq, subject, storedAt, bodySeq: bodyOf, headers, body: original.body, size };
  }

  /** The batch that holds a position. */
  batchAt(seq: number, withBodies: boolean): StoredBatch | undefined {
    const known = this.#recent.at(seq) ?? this.#readBefore(seq, withBodies);
    if (known !== undefined) return known;
    const found = this.#load('at', seq, withBodies);
    return found?.holds(seq) === true ? found : undefined;
  }

  #readBefore(seq: number, withBodies: boolean): StoredBatch | undefined {
    return this.#read.findLast((batch) => batch.holds(seq) && (!withBodies || batch.bodies !== undefined));
  }

  #load(which: 'at' | 'after', seq: number, withBodies: boolean): StoredBatch | undefined {
    const found = this.#select[withBodies ? 'bodies' : 'headers'][which].get(seq);
    if (found === undefined) return undefined;
    const batch = asBatch(found);
    this.#read.push(batch);
    if (this.#read.length > KEPT_READ) this.#read.shift();
    return batch;
  }

  /**
   * The next rows that are wanted after a position, and how far it looked: where fewer than `max` were found and
   * `through` lies below the end of the stream, ask again from there. Ends early where their bodies are many bytes.
   */
  next(
    after: number,
    { subjects, bodies }: Wanted,
    max: number,
    maxBytes = Infinity,
  ): { readonly rows: Row[]; readonly through: number } {
    const rows: Row[] = [];
    const end = Math.min(after + LOOK_AHEAD, this.lastSeq);
    let through = after;
    let bytes = 0;
    const isEnough = (): boolean => rows.length >= max || bytes >= maxBytes;
    while (through < end && !isEnough()) {
      const batch = this.#batchFrom(through + 1, bodies);
      if (batch === undefined) return { rows, through: this.lastSeq };
      for (let i = Math.max(0, through + 1 - batch.first); i < batch.count && !isEnough(); i++) {
        through = batch.first + i;
        if (!subjects.has(batch.subjectAt(i))) continue;
        const row = this.#row(batch, i, bodies);
        if (row === undefined) continue;
        rows.push(row);
        bytes += row.body.byteLength;
      }
    }
    return { rows, through };
  }

  /** The batch that holds the position, or the next one that is kept. */
  #batchFrom(seq: number, withBodies: boolean): StoredBatch | undefined {
    return this.batchAt(seq, withBodies) ?? this.#load('after', seq, withBodies);
  }

  /** The first position that is kept; the one after the last where none is. */
  get firstSeq(): number {
    return Number(this.#first.get()?.['seq'] ?? this.lastSeq + 1);
  }

  /** How many rows with one of the subjects lie after the position. Looks at them all: for a new consumer only. */
  countAfter(after: number, subjects: ReadonlySet<number>): number {
    let count = 0;
    for (const batch of this.#layoutsFrom(after + 1)) {
      for (let i = Math.max(0, after + 1 - batch.first); i < batch.count; i++) {
        if (subjects.has(batch.subjectAt(i)) && this.#isKept(batch.bodyOfAt(i))) count += 1;
      }
    }
    return count;
  }

  #isKept(bodyOf: number): boolean {
    return bodyOf === 0 || this.batchAt(bodyOf, false) !== undefined;
  }

  *#layoutsFrom(seq: number): Generator<StoredBatch> {
    const rows = this.#database.prepare(`
      SELECT first, stored_at, layout FROM batches
      WHERE first >= coalesce((SELECT max(first) FROM batches WHERE first <= ?), 0)`);
    for (const row of rows.iterate(seq)) yield asBatch(row);
  }
}

/** The statements that read a batch: the one that holds a position, if it is kept, and the first one after it. */
function selectIn(database: DatabaseSync, bodies: string) {
  const columns = `SELECT first, stored_at, layout, headers${bodies} FROM batches`;
  return {
    at: database.prepare(`${columns} WHERE first <= ? ORDER BY first DESC LIMIT 1`),
    after: database.prepare(`${columns} WHERE first > ? ORDER BY first LIMIT 1`),
  };
}
