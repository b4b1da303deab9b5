/** The subjects of the stream and the counts of their messages. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { subjectMatches } from '../subjects.ts';
import { asBatch, type StoredBatch } from './stored-batch.ts';

interface Subject {
  readonly id: number;
  readonly name: string;
  /** How many messages were ever stored under it, and how many of these are gone. */
  total: number;
  purged: number;
}

/** After so many messages the counts are written down; those stored since then are counted again at the next start. */
const WRITE_DOWN_EVERY = 10_000;

export class SubjectTable {
  /** Headers and bodies of the stored messages. */
  bytes = 0;
  readonly #byName = new Map<string, Subject>();
  readonly #byId = new Map<number, Subject>();
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #updateCounters: StatementSync;
  #unwritten = 0;
  #version = 0;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare('INSERT INTO subjects VALUES (?, ?, 0, 0)');
    this.#update = database.prepare('UPDATE subjects SET total = ?, purged = ? WHERE id = ?');
    this.#updateCounters = database.prepare('UPDATE counters SET as_of = ?, bytes = ?');
    this.#load(database);
  }

  /** Takes the counts that were written down, and adds what was stored since. */
  #load(database: DatabaseSync): void {
    for (const row of database.prepare('SELECT * FROM subjects').iterate()) {
      this.#add(Number(row['id']), String(row['name']), Number(row['total']), Number(row['purged']));
    }
    const counters = database.prepare('SELECT * FROM counters').get();
    this.bytes = Number(counters?.['bytes'] ?? 0);
    const since = database.prepare('SELECT first, stored_at, layout FROM batches WHERE first > ?');
    for (const row of since.iterate(Number(counters?.['as_of'] ?? 0))) this.stored(asBatch(row));
  }

  /** The id of a subject; a new one is written in the current transaction. */
  id(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known.id;
    const id = this.#byId.size + 1;
    this.#insert.run(id, name);
    this.#add(id, name, 0, 0);
    return id;
  }

  #add(id: number, name: string, total: number, purged: number): void {
    const subject = { id, name, total, purged };
    this.#byName.set(name, subject);
    this.#byId.set(id, subject);
    this.#version += 1;
  }

  name(id: number): string {
    return this.#byId.get(id)?.name ?? '';
  }

  /** Another number whenever there is another subject. */
  get version(): number {
    return this.#version;
  }

  stored(batch: StoredBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const subject = this.#byId.get(batch.subjectAt(i));
      if (subject !== undefined) subject.total += 1;
    }
    this.bytes += batch.ownBytes;
    this.#unwritten += batch.count;
  }

  removed(id: number, bytes: number): void {
    const subject = this.#byId.get(id);
    if (subject !== undefined) subject.purged += 1;
    this.bytes -= bytes;
    this.#unwritten = WRITE_DOWN_EVERY;
  }

  /** The ids of the subjects that match any of the filters. */
  matching(filters: readonly string[]): Set<number> {
    const all = [...this.#byId.values()];
    const matches = all.filter(({ name }) => filters.some((filter) => subjectMatches(filter, name)));
    return new Set(matches.map(({ id }) => id));
  }

  /** How many messages were ever stored under these subjects, and how many of these are gone. */
  counts(ids: ReadonlySet<number>): { readonly total: number; readonly purged: number } {
    let total = 0;
    let purged = 0;
    for (const id of ids) {
      total += this.#byId.get(id)?.total ?? 0;
      purged += this.#byId.get(id)?.purged ?? 0;
    }
    return { total, purged };
  }

  get messages(): number {
    const { total, purged } = this.counts(new Set(this.#byId.keys()));
    return total - purged;
  }

  /** Writes the counts as of the position where it is time, or where asked to. */
  writeDown(lastSeq: number, now: boolean): void {
    if (!now && this.#unwritten < WRITE_DOWN_EVERY) return;
    for (const { id, total, purged } of this.#byId.values()) this.#update.run(total, purged, id);
    this.#updateCounters.run(lastSeq, this.bytes);
    this.#unwritten = 0;
  }

  /** What a transaction may change, to be put back when it is rolled back. */
  save(): () => void {
    const { bytes } = this;
    const unwritten = this.#unwritten;
    const subjects = [...this.#byId.values()].map((subject) => ({ ...subject }));
    return () => {
      this.bytes = bytes;
      this.#unwritten = unwritten;
      this.#version += 1;
      this.#byName.clear();
      this.#byId.clear();
      for (const { id, name, total, purged } of subjects) this.#add(id, name, total, purged);
    };
  }
}
