/** Purges what every durable consumer is done with, beyond the retention's age or size: in small steps, oldest first. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ObjectRefs } from './object-refs.ts';
import { asBatch, type StoredBatch } from './stored-batch.ts';
import type { BodyPlace, Stream } from './stream.ts';

/** So many messages are looked at in one step at least. */
const STEP = 256;
/** Purging by size begins a little below the limit, so that intake need not stop for it. */
const PURGE_ABOVE = 0.9;

export class Retention {
  readonly #stream: Stream;
  readonly #objects: ObjectRefs;
  readonly #limits: { readonly maxAgeMs: number; readonly maxBytes: number };
  readonly #next: StatementSync;
  readonly #forwardsOf: StatementSync;
  readonly #link: StatementSync;
  readonly #unlink: StatementSync;
  readonly #isLinked: StatementSync;
  #looked = 0;
  #doneThrough = 0;
  /** False while nothing more is due. */
  #isActive = false;

  constructor(
    database: DatabaseSync,
    stream: Stream,
    objects: ObjectRefs,
    limits: { readonly maxAgeMs: number; readonly maxBytes: number },
  ) {
    this.#stream = stream;
    this.#objects = objects;
    this.#limits = limits;
    this.#next = database.prepare(`
      SELECT first, stored_at, layout FROM batches
      WHERE first > ? AND first + count - 1 <= ? AND forwarded = 0 ORDER BY first`);
    this.#forwardsOf = database.prepare(`
      SELECT first, stored_at, layout FROM batches WHERE first IN (SELECT batch FROM bodies_of WHERE of = ?)`);
    this.#link = database.prepare('INSERT OR IGNORE INTO bodies_of VALUES (?, ?)');
    this.#unlink = database.prepare('DELETE FROM bodies_of WHERE of = ?');
    this.#isLinked = database.prepare('SELECT 1 FROM bodies_of WHERE batch = ? LIMIT 1');
  }

  /** A batch was stored whose messages share the bodies of others: it goes with the last of these. */
  link(first: number, forwards: readonly { readonly body: BodyPlace }[]): void {
    let last: StoredBatch | undefined;
    for (const { body } of forwards) {
      if (last?.holds(body.bodySeq) === true) continue;
      last = this.#stream.batchAt(body.bodySeq, false);
      if (last !== undefined) this.#link.run(last.first, first);
    }
  }

  get bytes(): number {
    return this.#stream.subjects.bytes + this.#objects.bytes;
  }

  /** True while another step is worth while. */
  get isActive(): boolean {
    return this.#isActive;
  }

  /** True where all that is done with was looked at: no purge makes room. */
  get exhausted(): boolean {
    return this.#looked >= this.#doneThrough;
  }

  /** Everything up to here is done with; begins to look from the start again. */
  beginPass(doneThrough: number): void {
    // The newest message stays, so that its position is never given a second time.
    this.#doneThrough = Math.min(doneThrough, this.#stream.lastSeq - 1);
    this.#looked = 0;
    this.#isActive = true;
  }

  /** Where the limit is near, does not wait for the next regular pass if more is done with by now. */
  press(doneThrough: () => number): void {
    if (this.#isActive || !this.#isPressed()) return;
    if (!this.exhausted) this.#isActive = true;
    else if (this.#doneThrough < Math.min(doneThrough(), this.#stream.lastSeq - 1))
      this.beginPass(doneThrough());
  }

  #isPressed(): boolean {
    return this.bytes > this.#limits.maxBytes * PURGE_ABOVE;
  }

  /** One step of a pass: looks at so many messages at least. */
  step(now: number, atLeast: number): void {
    if (!this.#isActive) return;
    const end = Math.max(STEP, atLeast);
    let messages = 0;
    for (let batch = this.#candidate(); batch !== undefined; batch = this.#candidate()) {
      if (messages >= end) return;
      if (!this.#isDue(batch, now)) {
        this.#isActive = false;
        return;
      }
      this.#looked = batch.last;
      messages += batch.count;
      this.#purge(batch);
    }
    this.#looked = this.#doneThrough;
    this.#isActive = false;
  }

  /** The next batch that is done with. */
  #candidate(): StoredBatch | undefined {
    const row = this.#next.get(this.#looked, this.#doneThrough);
    return row === undefined ? undefined : asBatch(row);
  }

  #isDue(batch: StoredBatch, now: number): boolean {
    return batch.storedAt < now - this.#limits.maxAgeMs || this.#isPressed();
  }

  /** Messages go together with the verdicts that share their bodies; they stay while one of these is needed. */
  #purge(batch: StoredBatch): void {
    const forwards = this.#forwardsOf.all(batch.first).map(asBatch);
    if (forwards.some(({ last }) => last > this.#doneThrough)) return;
    this.#unlink.run(batch.first);
    for (const forwarded of forwards) this.#purgeForwards(forwarded, batch);
    this.#count(batch, () => true);
    this.#stream.remove(batch.first);
  }

  /** A batch of verdicts goes with the last of the batches that hold their bodies. */
  #purgeForwards(forwarded: StoredBatch, batch: StoredBatch): void {
    this.#count(forwarded, (i) => batch.holds(forwarded.bodyOfAt(i)));
    if (this.#isLinked.get(forwarded.first) === undefined) this.#stream.remove(forwarded.first);
  }

  /** Counts messages as removed. */
  #count(batch: StoredBatch, goes: (i: number) => boolean): void {
    for (let i = 0; i < batch.count; i++) {
      if (!goes(i)) continue;
      this.#stream.subjects.removed(batch.subjectAt(i), batch.bytesAt(i));
      this.#objects.remove(batch.first + i);
    }
  }
}
