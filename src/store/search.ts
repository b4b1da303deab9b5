/**
 * Search, newest first. Goes back extent by extent, skips those that cannot hold what is looked for, and lets others go
 * on between them, so that a rare thing in a large journal holds nobody up.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { HealthosError } from '../errors.ts';
import { EXTENT_BITS } from './journal-file.ts';
import { extentOf } from './extents.ts';
import { type Filters, filtersOf } from './filters.ts';
import type { JourneyItem, JourneyQuery } from './journal.ts';
import { itemOfRow } from './journeys.ts';
import { integer, type Row } from './rows.ts';

export interface Found {
  readonly items: readonly JourneyItem[];
  readonly next: string | null;
}

const DEFAULT_LIMIT = 50;
const MOST_ITEMS = 1000;
/** How many extents are asked for at once, and how long the search goes on before others have their turn. */
const EXTENTS_AT_ONCE = 256;
const TURN_MS = 10;

export class Search {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Rejects with `request/malformed` for a limit, a time or a cursor that is none. */
  async find(query: JourneyQuery): Promise<Found> {
    const limit = limitOf(query.limit);
    const filters = filtersOf(query);
    const rows = await this.#rows(filters, positionOf(query.cursor), limit + 1);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(itemOfRow),
      next: last === undefined ? null : cursorOf(integer(last, 'seq')),
    };
  }

  /** The newest rows before a position. */
  async #rows(filters: Filters, before: number, most: number): Promise<Row[]> {
    const rows: Row[] = [];
    let turn = performance.now();
    let end = before;
    while (rows.length < most) {
      const extents = this.#extentsBefore(filters, end);
      for (const extent of extents) {
        rows.push(...this.#rowsWithin(filters, extent, before, most - rows.length));
        if (rows.length >= most) break;
        if (performance.now() - turn < TURN_MS) continue;
        await setImmediate();
        turn = performance.now();
      }
      const last = extents.at(-1);
      if (last === undefined || extents.length < EXTENTS_AT_ONCE) break;
      end = startOf(last);
    }
    return rows;
  }

  #extentsBefore(filters: Filters, before: number): number[] {
    const where = ['e.extent <= :newest', ...filters.extent].join(' AND ');
    const statement = this.#prepare(
      `SELECT e.extent FROM extent e WHERE ${where} ORDER BY e.extent DESC LIMIT ${EXTENTS_AT_ONCE}`,
    );
    const rows = statement.all({ ...filters.parameters, newest: extentOf(Math.max(0, before - 1)) });
    return rows.map((row) => integer(row, 'extent'));
  }

  #rowsWithin(filters: Filters, extent: number, before: number, most: number): Row[] {
    const where = ['m.seq >= :start AND m.seq < :end', ...filters.message].join(' AND ');
    const statement = this.#prepare(`
      SELECT m.*, v.life, v.format AS found, v.version, v.type, v.issues AS issues_total
      FROM message m LEFT JOIN verdict v USING (seq) WHERE ${where} ORDER BY m.seq DESC LIMIT :most`);
    const start = startOf(extent);
    const end = Math.min(before, startOf(extent + 1));
    return statement.all({ ...filters.parameters, extent, start, end, most });
  }

  /** There are as many statements as combinations of filters: few. */
  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    // Each statement names those parameters that it needs.
    statement.setAllowUnknownNamedParameters(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function startOf(extent: number): number {
  return extent * 2 ** EXTENT_BITS;
}

function limitOf(given: number | undefined): number {
  const limit = given ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_ITEMS) return limit;
  throw new HealthosError('request/malformed', `limit must be a whole number from 1 to ${MOST_ITEMS}.`);
}

function cursorOf(seq: number): string {
  return Buffer.from(`before ${seq}`).toString('base64url');
}

function positionOf(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const [, seq] = /^before (\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (seq !== undefined) return Number(seq);
  throw new HealthosError('request/malformed', 'cursor must be the `next` of an earlier answer.');
}
