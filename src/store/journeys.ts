/** Journeys: one message with all that happened to it, from rows or from what the projection has in hand. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { lifeSteps, stateOf } from '../messages/life.ts';
import type { Issue } from '../validation/issue.ts';
import { type Arrived, contentTypeOf, type Judgement, parseIssues } from './facts.ts';
import type { Journey, JourneyItem, JourneyStep } from './journal.ts';
import { type Entry, entryOf } from './ledger.ts';
import { bytes, idBytes, idText, integer, type Row, text } from './rows.ts';

/** A verdict as a journey shows it. */
type Shown = Pick<Judgement, 'at' | 'valid' | 'version' | 'type' | 'issues' | 'issuesTotal'>;

/** Of a message that was replayed or delivered more often than this, the latest steps are shown. */
const MOST_STEPS = 1000;

export class Journeys {
  readonly #message: StatementSync;
  readonly #issues: StatementSync;
  readonly #steps: StatementSync;

  constructor(database: DatabaseSync) {
    this.#message = database.prepare(`
      SELECT m.*, v.life, v.at, v.valid, v.format AS found, v.version, v.type, v.issues AS issues_total
      FROM message m LEFT JOIN verdict v USING (seq) WHERE m.id = ?`);
    this.#issues = database.prepare('SELECT json FROM issues WHERE seq = ?');
    this.#steps = database.prepare(
      `SELECT * FROM step WHERE seq = ? ORDER BY bus_seq DESC LIMIT ${MOST_STEPS}`,
    );
  }

  find(dataId: string): Journey | undefined {
    const row = this.#message.get(idBytes(dataId));
    if (row === undefined) return undefined;
    const entry = entryOf(row);
    const { seq } = entry.arrived;
    const verdict = entry.judged ? verdictOfRow(row, this.#issues.get(seq)) : undefined;
    return journeyOf(entry, verdict, this.#steps.all(seq).toReversed());
  }

  locate(dataId: string): { readonly seq: number; readonly principal: string | null } | undefined {
    const row = this.#message.get(idBytes(dataId));
    return row === undefined ? undefined : { seq: integer(row, 'seq'), principal: text(row, 'principal') };
  }

  hasVerdict(dataId: string): boolean {
    return text(this.#message.get(idBytes(dataId)), 'life') !== null;
  }
}

/** The journey of a message of which no more is known than its arrival and its verdict: no need to ask the file. */
export function plainJourney(entry: Entry, judgement: Judgement): Journey {
  return journeyOf(entry, judgement, []);
}

/** An item of a list, from a row of `message` joined with its verdict. */
export function itemOfRow(row: Row): JourneyItem {
  return itemOf(entryOf(row), text(row, 'version'), text(row, 'type'), integer(row, 'issues_total'));
}

function itemOf(entry: Entry, version: string | null, type: string | null, issuesTotal: number): JourneyItem {
  const { arrived, format, life } = entry;
  return {
    data_id: arrived.dataId,
    connector: arrived.connector,
    format,
    version,
    type,
    state: stateOf(life),
    received_at: timeText(arrived.receivedAt),
    bytes: arrived.bytes,
    issues_total: issuesTotal,
  };
}

function journeyOf(entry: Entry, verdict: Shown | undefined, later: readonly Row[]): Journey {
  const { arrived, format } = entry;
  return {
    ...itemOf(entry, verdict?.version ?? null, verdict?.type ?? null, verdict?.issuesTotal ?? 0),
    content_type: contentTypeOf(format, arrived.contentType ?? undefined),
    steps: stepsOf(arrived, verdict, later),
    issues: verdict?.issues ?? [],
    parent_id: arrived.parentId,
    replays: later.flatMap((row) => (bytes(row, 'child') === null ? [] : [idText(bytes(row, 'child'))])),
  };
}

function stepsOf(arrived: Arrived, verdict: Shown | undefined, later: readonly Row[]): JourneyStep[] {
  const connector = arrived.connector === null ? {} : { connector: arrived.connector };
  const steps: JourneyStep[] = [
    { step: 'received', at: timeText(arrived.receivedAt), ...connector },
    { step: 'stored', at: timeText(arrived.storedAt) },
  ];
  const judged = verdict === undefined ? [] : [verdictStep(verdict)];
  // The bus's own times grow with its positions; a verdict goes before what came in the same millisecond.
  return [
    ...steps,
    ...[...judged, ...later.map(laterStep)].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))),
  ];
}

function verdictStep(verdict: Shown): JourneyStep {
  return {
    step: verdict.valid ? 'valid' : 'invalid',
    at: timeText(verdict.at),
    issues: verdict.issuesTotal,
  };
}

function laterStep(row: Row): JourneyStep {
  const connector = text(row, 'connector');
  const child = bytes(row, 'child');
  return {
    step: lifeSteps.find((step) => step === text(row, 'step')) ?? 'received',
    at: timeText(integer(row, 'at')),
    ...(connector === null ? {} : { connector }),
    ...(child === null ? {} : { data_id: idText(child) }),
    ...(integer(row, 'unexpected') === 1 ? { unexpected: true } : {}),
  };
}

function verdictOfRow(row: Row, issues: Row | undefined): Shown {
  return {
    at: integer(row, 'at'),
    valid: integer(row, 'valid') === 1,
    version: text(row, 'version'),
    type: text(row, 'type'),
    issues: issuesOfRow(issues),
    issuesTotal: integer(row, 'issues_total'),
  };
}

function issuesOfRow(row: Row | undefined): readonly Issue[] {
  return parseIssues(text(row, 'json') ?? '[]');
}

export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
