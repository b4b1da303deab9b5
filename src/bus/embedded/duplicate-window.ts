/** The duplicate window: within it a second message under the same key is not stored. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** So many keys are forgotten at once at most. */
const STEP = 512;

export class DuplicateWindow {
  readonly #windowMs: number;
  readonly #find: StatementSync;
  readonly #remember: StatementSync;
  readonly #expire: StatementSync;

  constructor(database: DatabaseSync, windowMs: number) {
    this.#windowMs = windowMs;
    this.#find = database.prepare('SELECT seq FROM duplicates WHERE key = ? AND stored_at > ?');
    this.#remember = database.prepare('INSERT OR REPLACE INTO duplicates VALUES (?, ?, ?)');
    this.#expire = database.prepare(
      `DELETE FROM duplicates WHERE key IN (SELECT key FROM duplicates WHERE stored_at <= ? LIMIT ${STEP})`,
    );
  }

  /** The position of the first message under the key, where one is in the window. */
  find(key: string, now: number): number | undefined {
    const found = this.#find.get(key, now - this.#windowMs);
    return found === undefined ? undefined : Number(found['seq']);
  }

  remember(key: string, seq: number, now: number): void {
    this.#remember.run(key, seq, now);
  }

  /** Forgets some of what has left the window. True where there may be more. */
  expire(now: number): boolean {
    return Number(this.#expire.run(now - this.#windowMs).changes) === STEP;
  }
}
