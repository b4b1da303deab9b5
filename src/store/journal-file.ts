/**
 * The journal's file: an SQLite index over what lies on the bus. It is worth nothing that the bus cannot give again, so
 * a file that is missing, foreign, of another version, damaged or of another bus is replaced by an empty one.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { integer } from './rows.ts';

export interface JournalFile {
  readonly database: DatabaseSync;
  /** Everything up to this position of the bus is in the file. */
  readonly position: number;
  /** When the bus stored the message at `position`; 0 where there is none. */
  readonly positionStoredAt: number;
}

/** "HOSJ": what SQLite calls the application's id of a file. */
const APPLICATION_ID = 0x484f534a;
/** Grows with every change of the schema below; a file of another version is made anew. */
const SCHEMA_VERSION = 2;

/** How many positions of the bus one extent covers, as a power of two. */
export const EXTENT_BITS = 10;

/**
 * Every row costs each message, so there are two rows a message, both appended in the order of the bus: what was
 * received, and what validation said. Searches are narrowed by extents (1,024 positions each) rather than by indices:
 * `extent`, `tally` and `sender` say what an extent can hold. Control ids are random text: an index over them is sorted
 * within each extent only, so that inserting stays in memory. Senders are few, and listed once for each extent.
 */
const SCHEMA = `
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL, connector TEXT, format TEXT, content_type TEXT,
    received_at INTEGER NOT NULL, stored_at INTEGER NOT NULL, bytes INTEGER NOT NULL,
    parent BLOB, principal TEXT
  ) STRICT;
  CREATE UNIQUE INDEX message_id ON message (id);
  CREATE TABLE verdict (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, life TEXT NOT NULL, valid INTEGER NOT NULL,
    format TEXT, version TEXT, type TEXT, control_id TEXT, sender TEXT, issues INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX verdict_control_id ON verdict (seq >> ${EXTENT_BITS}, control_id) WHERE control_id IS NOT NULL;
  CREATE TABLE sender (
    extent INTEGER NOT NULL, sender TEXT NOT NULL, PRIMARY KEY (extent, sender)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE issues (seq INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;
  CREATE TABLE rule (
    extent INTEGER NOT NULL, rule TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (extent, rule, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE step (
    seq INTEGER NOT NULL, bus_seq INTEGER NOT NULL, step TEXT NOT NULL, at INTEGER NOT NULL,
    connector TEXT, child BLOB, unexpected INTEGER NOT NULL, PRIMARY KEY (seq, bus_seq, step)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE extent (
    extent INTEGER PRIMARY KEY, first_received INTEGER NOT NULL, last_received INTEGER NOT NULL,
    first_id BLOB NOT NULL, last_id BLOB NOT NULL
  ) STRICT;
  CREATE TABLE tally (
    extent INTEGER NOT NULL, connector TEXT NOT NULL, format TEXT NOT NULL, state TEXT NOT NULL,
    messages INTEGER NOT NULL, PRIMARY KEY (extent, connector, format, state)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, stored_at INTEGER NOT NULL)
    STRICT;
  INSERT INTO position VALUES (1, 0, 0);
`;

/** Opens the file, or makes a new one where it cannot be used. Throws where the folder cannot be written. */
export function openJournalFile(path: string): JournalFile {
  return tryOpen(path) ?? makeAnew(path);
}

/** Replaces the file by an empty one. */
export function makeAnew(path: string): JournalFile {
  discardJournalFile(path);
  const database = connect(path);
  // Sizes of pages are fixed by the first write; the mode is kept in the file.
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(`BEGIN; ${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  return { database, position: 0, positionStoredAt: 0 };
}

export function discardJournalFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

/** All of it or nothing. */
export function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (thrown) {
    // After some errors SQLite has ended the transaction by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}

/** SQLite's SQLITE_CORRUPT (11) and SQLITE_NOTADB (26), whatever their extension. */
export function isDamage(thrown: unknown): boolean {
  const code = primaryCode(thrown);
  return code === 11 || code === 26;
}

/** SQLITE_FULL (13), SQLITE_IOERR (10), SQLITE_BUSY (5): the disk may have room again. */
export function isPassing(thrown: unknown): boolean {
  const code = primaryCode(thrown);
  return code === 13 || code === 10 || code === 5;
}

function primaryCode(thrown: unknown): number {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return 0;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : 0;
}

function tryOpen(path: string): JournalFile | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = connect(path);
    if (pragma(database, 'application_id') !== APPLICATION_ID) throw new Error('foreign');
    if (pragma(database, 'user_version') !== SCHEMA_VERSION) throw new Error('another version');
    // A write, so that a file that can only be read is replaced as well.
    database.exec('UPDATE position SET seq = seq');
    const row = database.prepare('SELECT seq, stored_at FROM position').get();
    if (row === undefined) throw new Error('no position');
    return { database, position: integer(row, 'seq'), positionStoredAt: integer(row, 'stored_at') };
  } catch (thrown) {
    database?.close();
    if (isPassing(thrown)) throw thrown;
    return undefined;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return integer(database.prepare(`PRAGMA ${name}`).get(), name);
}

/** Loses nothing by not waiting for the disk at each commit: what is missing after a power loss is read again. */
function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  database.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 2000`);
  return database;
}
