/** Every statement with which the projection writes, prepared once. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredMessage } from '../bus/message-bus.ts';
import type { LifeState, LifeStep } from '../messages/life.ts';
import { extentOf } from './extents.ts';
import type { Arrived, Judgement } from './facts.ts';
import { EXTENT_BITS, inTransaction } from './journal-file.ts';
import { idBytes, integer } from './rows.ts';

/** What more a row of `step` says. */
export interface StepDetail {
  readonly step: LifeStep;
  readonly connector: string | null;
  readonly child: string | null;
  readonly unexpected: boolean;
}

/** How many extents are dropped in one transaction: about 4,000 messages. */
const DROP_AT_ONCE = 8;
const MOST_LISTED = 4096;

export class Writes {
  /** Parameters: position, when it was stored. */
  readonly position: StatementSync;
  /** Parameters: state, position of the message. */
  readonly life: StatementSync;
  readonly #database: DatabaseSync;
  readonly #message: StatementSync;
  readonly #verdict: StatementSync;
  readonly #issues: StatementSync;
  readonly #rule: StatementSync;
  readonly #sender: StatementSync;
  readonly #step: StatementSync;
  readonly #firstExtent: StatementSync;
  /** Senders that are known to be listed for their extent. */
  readonly #listed = new Set<string>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.position = database.prepare('UPDATE position SET seq = ?, stored_at = ?');
    this.life = database.prepare('UPDATE verdict SET life = ? WHERE seq = ?');
    this.#message = database.prepare('INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#verdict = database.prepare('INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#issues = database.prepare('INSERT INTO issues VALUES (?, ?)');
    this.#rule = database.prepare('INSERT OR IGNORE INTO rule VALUES (?, ?, ?)');
    this.#sender = database.prepare('INSERT OR IGNORE INTO sender VALUES (?, ?)');
    this.#step = database.prepare('INSERT OR IGNORE INTO step VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#firstExtent = database.prepare('SELECT min(extent) AS first FROM extent WHERE extent < ?');
  }

  /** False where there is a message of that id already. */
  addMessage(arrived: Arrived, id: Uint8Array): boolean {
    const { seq, connector, format, contentType, receivedAt, storedAt, bytes, parentId, principal } = arrived;
    // Only FHIR has two media types; the others follow from the format.
    const kept = format === 'fhir' ? contentType : null;
    const parent = parentId === null ? null : idBytes(parentId);
    return (
      this.#message.run(seq, id, connector, format, kept, receivedAt, storedAt, bytes, parent, principal)
        .changes === 1
    );
  }

  addVerdict(seq: number, life: LifeState, judgement: Judgement): void {
    const { at, valid, format, version, type, controlId, sender, issues, issuesTotal } = judgement;
    this.#verdict.run(seq, at, life, valid ? 1 : 0, format, version, type, controlId, sender, issuesTotal);
    if (sender !== null) this.#addSender(extentOf(seq), sender);
    if (issues.length === 0) return;
    this.#issues.run(seq, JSON.stringify(issues));
    for (const { rule } of issues) this.#rule.run(extentOf(seq), rule, seq);
  }

  #addSender(extent: number, sender: string): void {
    const key = `${extent} ${sender}`;
    if (this.#listed.has(key)) return;
    if (this.#listed.size >= MOST_LISTED) this.#listed.clear();
    this.#listed.add(key);
    this.#sender.run(extent, sender);
  }

  /** Forgets what is in memory: a batch was rolled back. */
  forget(): void {
    this.#listed.clear();
  }

  addStep(seq: number, cause: StoredMessage, detail: StepDetail): void {
    const { step, connector, child, unexpected } = detail;
    const childId = child === null ? null : idBytes(child);
    this.#step.run(seq, cause.seq, step, cause.storedAt, connector, childId, unexpected ? 1 : 0);
  }

  /** Drops the rows of a few extents before this one; true while there are more. */
  dropExtentsBefore(extent: number): boolean {
    const row = this.#firstExtent.get(extent);
    if (row?.['first'] === null) return false;
    const end = Math.min(integer(row, 'first') + DROP_AT_ONCE, extent);
    const seq = end * 2 ** EXTENT_BITS;
    inTransaction(this.#database, () => {
      this.#database.exec(`
        DELETE FROM message WHERE seq < ${seq}; DELETE FROM verdict WHERE seq < ${seq};
        DELETE FROM issues WHERE seq < ${seq}; DELETE FROM step WHERE seq < ${seq};
        DELETE FROM sender WHERE extent < ${end}; DELETE FROM rule WHERE extent < ${end}; DELETE FROM tally WHERE extent < ${end};
        DELETE FROM extent WHERE extent < ${end}`);
    });
    return true;
  }
}
