/** The bus's SQLite file: how it is opened, its schema, and what its errors mean. */
import { DatabaseSync } from 'node:sqlite';

/**
 * Messages that were stored together are one row (`stored-batch.ts`): `count` positions from `first` on, which grow without
 * gaps. The headers are JSON. A body is stored once: a batch of forwarded messages has none and `bodies_of` says in which
 * batches these lie; its headers may be written as additions to those of the message that has the body (they begin with a
 * comma). `total` and `purged` count a subject's messages as of the position in `counters`, so that opening a large bus
 * reads only what came after. Duplicate keys are random, which makes an index slow: they have a table of their own, for
 * those messages alone that have one.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS subjects (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, total INTEGER NOT NULL, purged INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS batches (
    first INTEGER PRIMARY KEY, count INTEGER NOT NULL, stored_at INTEGER NOT NULL, forwarded INTEGER NOT NULL,
    layout BLOB NOT NULL, headers BLOB NOT NULL, bodies BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS bodies_of (
    of INTEGER NOT NULL, batch INTEGER NOT NULL, PRIMARY KEY (of, batch)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS bodies_of_batch ON bodies_of (batch);
  CREATE TABLE IF NOT EXISTS counters (
    id INTEGER PRIMARY KEY CHECK (id = 1), as_of INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT OR IGNORE INTO counters VALUES (1, 0, 0);
  CREATE TABLE IF NOT EXISTS duplicates (
    key TEXT PRIMARY KEY, seq INTEGER NOT NULL, stored_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS duplicates_stored_at ON duplicates (stored_at);
  CREATE TABLE IF NOT EXISTS consumers (
    name TEXT PRIMARY KEY, options TEXT NOT NULL, cursor INTEGER NOT NULL, delivered INTEGER NOT NULL,
    floor INTEGER NOT NULL, open TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS object_refs (
    seq INTEGER NOT NULL, ref TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (seq, ref)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS object_refs_ref ON object_refs (ref);
  CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, pad BLOB);
`;

export const PAGE_BYTES = 16_384;

/**
 * Durable to the disk (`synchronous=FULL`) at each commit unless `SyncLevel` says otherwise, and for this one connection
 * alone, which saves the locking around each transaction.
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 256; PRAGMA cache_size = -32768');
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Whether a commit waits for the disk. One that does not survives a kill of the process; the next one that does makes it
 * durable too, since the write-ahead log is synced as a whole (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export class SyncLevel {
  readonly #database: DatabaseSync;
  /** As `openDatabase` leaves it. */
  #waits = true;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** From the next transaction on: not to be called within one. */
  waitForDisk(waits: boolean): void {
    if (waits === this.#waits) return;
    this.#database.exec(`PRAGMA synchronous = ${waits ? 'FULL' : 'NORMAL'}`);
    this.#waits = waits;
  }
}

/** SQLite's primary result code (https://www.sqlite.org/rescode.html), or undefined for another error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

const SQLITE_FULL = 13;

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** What to tell the operator about a file that is damaged, or no database at all; undefined of another code. */
export function whyDamaged(code: number | undefined, file: string): string | undefined {
  if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) return undefined;
  return `${file} is damaged (SQLite's error ${code}): restore it from a backup, or, to start anew without the messages in it, move it away with ${file}-wal and ${file}-shm.`;
}

/** What to tell the operator about a commit that failed. */
export function whyUnwritable(error: unknown, file: string): string {
  const code = sqliteCode(error);
  if (code === SQLITE_FULL) return `The disk of ${file} is full: free some space there.`;
  const damaged = whyDamaged(code, file);
  if (damaged !== undefined) return damaged;
  const what = code === undefined ? 'an unexpected error' : `SQLite's error ${code}`;
  return `${file} cannot be written (${what}): look at the disk that holds it.`;
}
