/** The stream itself: messages are appended to it and read from it, always within the store's transaction. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { areAdditions, NO_BODY, withAdditions } from './packing.ts';
import { RecentRows } from './recent-rows.ts';
import { SubjectTable } from './subject-table.ts';

export interface Row {
  readonly seq: number;
  readonly subject: number;
  readonly storedAt: number;
  /** The row that holds the body: its own `seq`, or that of the row from which it was forwarded. */
  readonly bodySeq: number;
  readonly headers: Uint8Array;
  /** Empty where the row was read without it. */
  readonly body: Uint8Array;
  /** The bytes of the body. */
  readonly size: number;
}

/** Where a body lies, and its bytes. */
export type BodyPlace = Pick<Row, 'bodySeq' | 'size'>;

/** Which rows a reader wants, and whether with their bodies. */
export interface Wanted {
  readonly subjects: ReadonlySet<number>;
  readonly bodies: boolean;
}

/** How far a look for matching rows goes at once, so that a rare subject never holds up the store. */
const LOOK_AHEAD = 20_000;
const RECENT_BYTES = 24 * 1024 * 1024;
const columns = `m.seq, m.subject, m.stored_at, m.body_of, CAST(m.headers AS BLOB) AS headers,
  (SELECT CAST(o.headers AS BLOB) FROM messages o WHERE o.seq = m.body_of) AS original_headers,
  coalesce(octet_length(m.body), (SELECT octet_length(o.body) FROM messages o WHERE o.seq = m.body_of)) AS size`;
/** The body of a forwarded row is its original's. */
const columnsWithBody = `${columns},
  coalesce(m.body, (SELECT o.body FROM messages o WHERE o.seq = m.body_of)) AS body`;
/** Stands in a recent row for a body that is on disk only. */
const ON_DISK = new Uint8Array(0);

export class Stream {
  readonly subjects: SubjectTable;
  lastSeq: number;
  readonly #database: DatabaseSync;
  readonly #recent = new RecentRows(RECENT_BYTES);
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #delete: StatementSync;
  readonly #first: StatementSync;
  readonly #ranges = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?)');
    this.#select = database.prepare(`SELECT ${columnsWithBody} FROM messages m WHERE m.seq = ?`);
    this.#delete = database.prepare('DELETE FROM messages WHERE seq = ?');
    this.#first = database.prepare('SELECT min(seq) AS seq FROM messages');
    this.subjects = new SubjectTable(database);
    this.lastSeq = Number(database.prepare('SELECT max(seq) AS seq FROM messages').get()?.['seq'] ?? 0);
  }

  /** Answers the position. */
  append(subject: number, headers: Uint8Array, body: Uint8Array, storedAt: number): number {
    const seq = this.lastSeq + 1;
    this.#insert.run(seq, subject, storedAt, null, headers, body);
    const row = { seq, subject, storedAt, bodySeq: seq, headers, body, size: body.byteLength };
    this.#appended(row, headers.byteLength + body.byteLength);
    return seq;
  }

  /**
   * The same body under another subject: it is not written again. Nor are the headers, where these are additions to those
   * of the row that holds the body.
   */
  appendForward(subject: number, headers: Uint8Array, from: BodyPlace, storedAt: number): number {
    const seq = this.lastSeq + 1;
    this.#insert.run(seq, subject, storedAt, from.bodySeq, headers, null);
    const body = this.#recent.at(from.bodySeq)?.body ?? ON_DISK;
    const whole = this.wholeHeaders(from.bodySeq, headers);
    const row = { seq, subject, storedAt, bodySeq: from.bodySeq, headers: whole, body, size: from.size };
    this.#appended(row, headers.byteLength);
    return seq;
  }

  /** Headers of a row, which may be written as additions to those of the row at `of`. */
  wholeHeaders(of: number, written: Uint8Array): Uint8Array {
    const original = areAdditions(written) ? this.read(of, false) : undefined;
    return original === undefined ? written : withAdditions(original.headers, written);
  }

  #appended(row: Row, bytes: number): void {
    this.lastSeq = row.seq;
    this.#recent.add(row);
    this.subjects.stored(row.subject, bytes);
  }

  /** Purges a row; `bytes` is what it took. */
  remove(seq: number, subject: number, bytes: number): void {
    this.#delete.run(seq);
    this.#recent.dropThrough(seq);
    this.subjects.removed(subject, bytes);
  }

  /** The transaction was rolled back: the positions after this one were never given. */
  forget(lastSeq: number): void {
    this.lastSeq = lastSeq;
    this.#recent.clear();
  }

  read(seq: number, withBody = true): Row | undefined {
    const recent = this.#recent.at(seq);
    if (recent !== undefined && !(withBody && recent.body === ON_DISK)) return recent;
    const found = this.#select.get(seq);
    return found === undefined ? undefined : asRow(found);
  }

  /**
   * The next rows that are wanted after a position, and how far it looked: where fewer than `max` were found and
   * `through` lies below the end of the stream, ask again from there.
   */
  next(after: number, wanted: Wanted, max: number): { readonly rows: Row[]; readonly through: number } {
    return after + 1 >= this.#recent.first
      ? this.#nextRecent(after, wanted, max)
      : this.#nextStored(after, wanted, max);
  }

  #nextRecent(after: number, wanted: Wanted, max: number): { rows: Row[]; through: number } {
    const rows: Row[] = [];
    let through = after;
    while (through < this.lastSeq && rows.length < max) {
      through += 1;
      const subject = this.#recent.at(through)?.subject ?? 0;
      const row = wanted.subjects.has(subject) ? this.read(through, wanted.bodies) : undefined;
      if (row !== undefined) rows.push(row);
    }
    return { rows, through };
  }

  #nextStored(after: number, wanted: Wanted, max: number): { rows: Row[]; through: number } {
    const end = Math.min(after + LOOK_AHEAD, this.lastSeq);
    const rows = this.#range(wanted).all(after, end, max).map(asRow);
    const last = rows.at(-1);
    return { rows, through: rows.length === max && last !== undefined ? last.seq : end };
  }

  #range(wanted: Wanted): StatementSync {
    const list = [...wanted.subjects].join(',');
    const text = `SELECT ${wanted.bodies ? columnsWithBody : columns} FROM messages m
      WHERE m.seq > ? AND m.seq <= ? AND m.subject IN (${list}) ORDER BY m.seq LIMIT ?`;
    const known = this.#ranges.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#ranges.set(text, statement);
    return statement;
  }

  /** The first position that is kept; the one after the last where none is. */
  get firstSeq(): number {
    return Number(this.#first.get()?.['seq'] ?? this.lastSeq + 1);
  }

  /** How many rows with one of the subjects lie after the position. Reads them all: for a new consumer only. */
  countAfter(after: number, subjects: ReadonlySet<number>): number {
    const where = `seq > ? AND subject IN (${[...subjects].join(',')})`;
    const row = this.#database.prepare(`SELECT count(*) AS n FROM messages WHERE ${where}`).get(after);
    return Number(row?.['n'] ?? 0);
  }
}

function asRow(found: Record<string, unknown>): Row {
  const seq = Number(found['seq']);
  return {
    seq,
    subject: Number(found['subject']),
    storedAt: Number(found['stored_at']),
    bodySeq: Number(found['body_of'] ?? seq),
    headers: headersOf(bytesOf(found['original_headers']), bytesOf(found['headers'])),
    body: bytesOf(found['body']),
    size: Number(found['size'] ?? 0),
  };
}

function headersOf(original: Uint8Array, written: Uint8Array): Uint8Array {
  return areAdditions(written) ? withAdditions(original, written) : written;
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : NO_BODY;
}
