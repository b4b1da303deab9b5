/** What a query asks for, as conditions on an extent (can it hold one?) and on a message (is it one?). */
import type { SQLInputValue } from 'node:sqlite';
import { HealthosError } from '../errors.ts';
import { EXTENT_BITS } from './journal-file.ts';
import type { JourneyQuery } from './journal.ts';

/** SQL conditions over `extent e` and over `message m` with its `verdict v`, and the parameters that they name. */
export interface Filters {
  readonly extent: readonly string[];
  readonly message: readonly string[];
  readonly parameters: Readonly<Record<string, SQLInputValue>>;
}

/** One part of a query: all of them must hold. */
interface Condition {
  readonly extent?: string;
  readonly message: string;
  readonly parameters: Filters['parameters'];
}

/** Throws `request/malformed` for a time that is none. */
export function filtersOf(query: JourneyQuery): Filters {
  const conditions = [...groupConditions(query), ...timeConditions(query)];
  if (query.rule !== undefined) conditions.push(ruleCondition(query.rule));
  if (query.q !== undefined && query.q !== '') conditions.push(textCondition(query.q));
  const extent = conditions.flatMap((condition) => condition.extent ?? []);
  const tally = tallyCondition(query);
  return {
    extent: tally === undefined ? extent : [...extent, tally],
    message: conditions.map((condition) => condition.message),
    parameters: Object.fromEntries(conditions.flatMap(({ parameters }) => Object.entries(parameters))),
  };
}

/** What `tally` counts by. Of a message without a verdict the format is the one that it came with. */
function groupConditions({ state, format, connector }: JourneyQuery): Condition[] {
  const conditions: Condition[] = [];
  if (state === 'received') conditions.push({ message: 'v.life IS NULL', parameters: { state } });
  else if (state !== undefined) conditions.push({ message: 'v.life = :state', parameters: { state } });
  if (format !== undefined) {
    const found = "ifnull(CASE WHEN v.life IS NULL THEN m.format ELSE v.format END, '') = :format";
    conditions.push({ message: found, parameters: { format: format === 'unknown' ? '' : format } });
  }
  if (connector !== undefined)
    conditions.push({ message: 'm.connector = :connector', parameters: { connector } });
  return conditions;
}

/** An extent can hold one only where it holds one with all three at once. */
function tallyCondition({ state, format, connector }: JourneyQuery): string | undefined {
  const wanted = [
    ...(state === undefined ? [] : ['state = :state']),
    ...(format === undefined ? [] : ['format = :format']),
    ...(connector === undefined ? [] : ['connector = :connector']),
  ];
  if (wanted.length === 0) return undefined;
  return some(`SELECT 1 FROM tally WHERE extent = e.extent AND messages > 0 AND ${wanted.join(' AND ')}`);
}

function timeConditions({ since, until }: JourneyQuery): Condition[] {
  const conditions: Condition[] = [];
  if (since !== undefined) {
    conditions.push({
      extent: 'e.last_received >= :since',
      message: 'm.received_at >= :since',
      parameters: { since: timeOf('since', since) },
    });
  }
  if (until !== undefined) {
    conditions.push({
      extent: 'e.first_received <= :until',
      message: 'm.received_at <= :until',
      parameters: { until: timeOf('until', until) },
    });
  }
  return conditions;
}

function ruleCondition(rule: string): Condition {
  return {
    extent: some('SELECT 1 FROM rule WHERE extent = e.extent AND rule = :rule'),
    message: 'm.seq IN (SELECT seq FROM rule WHERE extent = :extent AND rule = :rule)',
    parameters: { rule },
  };
}

/** What begins with the text: a control id, a sender, or a data id where the text can begin one. */
function textCondition(q: string): Condition {
  const ids = idsThatBeginWith(q);
  const extents = [controlIds('+e.extent'), SENDERS_IN, ...(ids === undefined ? [] : [ID_SPAN])];
  const messages = [controlIds(':extent'), SENDERS, ...(ids === undefined ? [] : [IDS])];
  return {
    extent: `(${extents.map(some).join(' OR ')})`,
    message: `m.seq IN (${messages.join(' UNION ALL ')})`,
    // Greater than whatever begins with the text: the last code point sorts last.
    parameters: { q, qEnd: `${q}\u{10ffff}`, ...ids },
  };
}

/**
 * Not EXISTS: SQLite may make a join of it that reads a whole table. (The plus sign of `+e.extent` takes the column's
 * affinity away; with it the indices over an expression are not used.)
 */
function some(rows: string): string {
  return `(${rows} LIMIT 1) IS NOT NULL`;
}

function controlIds(extent: string): string {
  return `SELECT seq FROM verdict WHERE seq >> ${EXTENT_BITS} = ${extent} AND control_id >= :q AND control_id < :qEnd`;
}

const SENDERS_IN = 'SELECT 1 FROM sender WHERE extent = e.extent AND sender >= :q AND sender < :qEnd';
const SENDERS =
  'SELECT seq FROM verdict WHERE seq >= :start AND seq < :end AND sender >= :q AND sender < :qEnd';

const ID_SPAN = 'SELECT 1 WHERE e.first_id <= :idEnd AND e.last_id >= :id';
/** The plus sign keeps SQLite from the index over all ids: a short beginning matches very many. */
const IDS = 'SELECT seq FROM message WHERE seq >= :start AND seq < :end AND +id BETWEEN :id AND :idEnd';

const UUID_SHAPE = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';

function idsThatBeginWith(q: string): { readonly id: Uint8Array; readonly idEnd: Uint8Array } | undefined {
  const shape = q.replace(/[0-9a-f]/gi, 'x');
  if (!UUID_SHAPE.startsWith(shape)) return undefined;
  const digits = q.replaceAll('-', '');
  return {
    id: Buffer.from(digits.padEnd(32, '0'), 'hex'),
    idEnd: Buffer.from(digits.padEnd(32, 'f'), 'hex'),
  };
}

function timeOf(name: string, given: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new HealthosError('request/malformed', `${name} must be a time as in RFC 3339.`);
}
