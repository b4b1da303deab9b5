/** Which messages refer to which objects, and the collection of those to which none does. */
import { readdir, rm, stat } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export class ObjectRefs {
  /** The size of all objects to which a message refers. */
  bytes: number;
  readonly #folder: string;
  readonly #graceMs: number;
  readonly #insert: StatementSync;
  readonly #ofMessage: StatementSync;
  readonly #remove: StatementSync;
  readonly #isUsed: StatementSync;

  constructor(database: DatabaseSync, folder: string, graceMs: number) {
    this.#folder = folder;
    this.#graceMs = graceMs;
    this.#insert = database.prepare('INSERT OR IGNORE INTO object_refs VALUES (?, ?, ?)');
    this.#ofMessage = database.prepare('SELECT ref, size FROM object_refs WHERE seq = ?');
    this.#remove = database.prepare('DELETE FROM object_refs WHERE seq = ?');
    this.#isUsed = database.prepare('SELECT 1 FROM object_refs WHERE ref = ? LIMIT 1');
    const sum = 'SELECT sum(size) AS bytes FROM (SELECT DISTINCT ref, size FROM object_refs)';
    this.bytes = Number(database.prepare(sum).get()?.['bytes'] ?? 0);
  }

  add(seq: number, ref: string): void {
    const size = sizeOf(join(this.#folder, ref));
    if (!this.#used(ref)) this.bytes += size;
    this.#insert.run(seq, ref, size);
  }

  /** Forgets a message that is purged. */
  remove(seq: number): void {
    const refs = this.#ofMessage.all(seq);
    if (refs.length === 0) return;
    this.#remove.run(seq);
    for (const { ref, size } of refs) if (!this.#used(String(ref))) this.bytes -= Number(size);
  }

  #used(ref: string): boolean {
    return this.#isUsed.get(ref) !== undefined;
  }

  /** Deletes the files to which no message refers and that are older than the grace. */
  async collect(now: number): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (this.#used(name)) continue;
      const file = join(this.#folder, name);
      const found = await stat(file).catch(() => undefined);
      if (found !== undefined && found.mtimeMs + this.#graceMs <= now && !this.#used(name)) {
        await rm(file, { force: true });
      }
    }
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
