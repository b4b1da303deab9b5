/**
 * What each extent of the bus (1,024 positions) holds: how many messages by connector, format and state, and the span
 * of their times and ids. Gathered in memory during a batch and written once at its end, so that a message costs next
 * to nothing; a search then skips every extent that cannot hold what it looks for.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { EXTENT_BITS } from './journal-file.ts';
import type { MessageState } from './journal.ts';

export interface Group {
  readonly connector: string | null;
  readonly format: string | null;
  readonly state: MessageState;
}

interface Span {
  firstReceived: number;
  lastReceived: number;
  firstId: Uint8Array;
  lastId: Uint8Array;
}

/** The extent of a position. Positions stay below 2^53, so that division is exact where a shift would not be. */
export function extentOf(seq: number): number {
  return Math.floor(seq / (1 << EXTENT_BITS));
}

export class Extents {
  readonly #spans = new Map<number, Span>();
  readonly #changes = new Map<number, Map<string, { readonly group: Group; by: number }>>();
  readonly #widen: StatementSync;
  readonly #count: StatementSync;

  constructor(database: DatabaseSync) {
    this.#widen = database.prepare(`
      INSERT INTO extent VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        first_received = min(first_received, excluded.first_received),
        last_received = max(last_received, excluded.last_received),
        first_id = min(first_id, excluded.first_id), last_id = max(last_id, excluded.last_id)`);
    this.#count = database.prepare(`
      INSERT INTO tally VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET messages = messages + excluded.messages`);
  }

  /** A message has come. */
  add(seq: number, id: Uint8Array, receivedAt: number, group: Group): void {
    const extent = extentOf(seq);
    const span = this.#spans.get(extent);
    if (span === undefined) {
      this.#spans.set(extent, {
        firstReceived: receivedAt,
        lastReceived: receivedAt,
        firstId: id,
        lastId: id,
      });
    } else widen(span, id, receivedAt);
    this.#change(extent, group, 1);
  }

  /** A message has gone from one group to another. */
  move(seq: number, from: Group, to: Group): void {
    const extent = extentOf(seq);
    this.#change(extent, from, -1);
    this.#change(extent, to, 1);
  }

  /** Writes what was gathered, within the batch's transaction. */
  write(): void {
    for (const [extent, span] of this.#spans)
      this.#widen.run(extent, span.firstReceived, span.lastReceived, span.firstId, span.lastId);
    for (const [extent, changes] of this.#changes)
      for (const { group, by } of changes.values())
        if (by !== 0) this.#count.run(extent, group.connector ?? '', group.format ?? '', group.state, by);
    this.forget();
  }

  /** Forgets what was gathered: its batch was rolled back. */
  forget(): void {
    this.#spans.clear();
    this.#changes.clear();
  }

  #change(extent: number, group: Group, by: number): void {
    const changes = this.#changes.get(extent) ?? new Map<string, { readonly group: Group; by: number }>();
    this.#changes.set(extent, changes);
    const key = `${group.state} ${group.format ?? ''} ${group.connector ?? ''}`;
    const change = changes.get(key);
    if (change === undefined) changes.set(key, { group, by });
    else change.by += by;
  }
}

function widen(span: Span, id: Uint8Array, receivedAt: number): void {
  if (receivedAt < span.firstReceived) span.firstReceived = receivedAt;
  if (receivedAt > span.lastReceived) span.lastReceived = receivedAt;
  if (Buffer.compare(id, span.lastId) > 0) span.lastId = id;
  else if (Buffer.compare(id, span.firstId) < 0) span.firstId = id;
}
