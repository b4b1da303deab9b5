/** The messages that the projection looks up by data id: those that wait for a verdict in memory, the others on disk. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Format, formats } from '../messages/envelope.ts';
import { bornAs, type LifeState, lifeStateOf } from '../messages/life.ts';
import { type Arrived, contentTypeOf } from './facts.ts';
import { bytes, idBytes, idText, integer, type Row, text } from './rows.ts';

/** A message as the journal knows it at this position of the bus. */
export interface Entry {
  readonly arrived: Arrived;
  life: LifeState;
  /** As validation found it, once there is a verdict. */
  format: Format | null;
  judged: boolean;
  /** True while no more is known of it than was received. */
  plain: boolean;
}

/** In a burst more may wait for a verdict than is worth holding: the oldest so many are then looked up on disk. */
const GENERATION = 32_768;

export class Ledger {
  /** The newest ones, and those before them: a whole generation is given up at once, which costs a message nothing. */
  #waiting = new Map<string, Entry>();
  #older = new Map<string, Entry>();
  readonly #find: StatementSync;
  readonly #idAt: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(`
      SELECT m.*, v.life, v.format AS found FROM message m LEFT JOIN verdict v USING (seq) WHERE m.id = ?`);
    this.#idAt = database.prepare('SELECT id FROM message WHERE seq = ?');
  }

  expect(arrived: Arrived): Entry {
    const entry: Entry = { arrived, life: bornAs, format: arrived.format, judged: false, plain: true };
    if (this.#waiting.size >= GENERATION) {
      this.#older = this.#waiting;
      this.#waiting = new Map();
    }
    this.#waiting.set(arrived.dataId, entry);
    return entry;
  }

  find(dataId: string): Entry | undefined {
    const waiting = this.#waiting.get(dataId) ?? this.#older.get(dataId);
    if (waiting !== undefined) return waiting;
    const row = this.#find.get(idBytes(dataId));
    return row === undefined ? undefined : entryOf(row);
  }

  /** The message that was received at a position. */
  findAt(seq: number): Entry | undefined {
    const id = this.#idAt.get(seq)?.['id'];
    return id instanceof Uint8Array ? this.find(idText(id)) : undefined;
  }

  /** Its verdict has come: what else comes is rare, and looked up. */
  settle(dataId: string): void {
    if (!this.#waiting.delete(dataId)) this.#older.delete(dataId);
  }

  /** Forgets what is in memory: a batch was rolled back. */
  forget(): void {
    this.#waiting.clear();
    this.#older.clear();
  }
}

/** From a row of `message` joined with its verdict, whose format is `found`. */
export function entryOf(row: Row): Entry {
  const life = lifeStateOf(text(row, 'life'));
  const arrived = arrivedOfRow(row);
  const judged = life !== undefined;
  const format = judged ? formatOf(row, 'found') : arrived.format;
  return { arrived, life: life ?? bornAs, format, judged, plain: false };
}

function formatOf(row: Row, column: string): Format | null {
  const value = text(row, column);
  return formats.find((format) => format === value) ?? null;
}

function arrivedOfRow(row: Row): Arrived {
  const format = formatOf(row, 'format');
  const parent = bytes(row, 'parent');
  return {
    dataId: idText(bytes(row, 'id')),
    seq: integer(row, 'seq'),
    connector: text(row, 'connector'),
    format,
    contentType: contentTypeOf(format, text(row, 'content_type') ?? undefined),
    receivedAt: integer(row, 'received_at'),
    storedAt: integer(row, 'stored_at'),
    bytes: integer(row, 'bytes'),
    parentId: parent === null ? null : idText(parent),
    principal: text(row, 'principal'),
  };
}
