/** Purges what every durable consumer is done with, beyond the retention's age or size: in small steps, oldest first. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ObjectRefs } from './object-refs.ts';
import type { Stream } from './stream.ts';

/** So many rows are looked at in one step at least. */
const STEP = 256;
/** Purging by size begins a little below the limit, so that intake need not stop for it. */
const PURGE_ABOVE = 0.9;

interface Candidate {
  readonly seq: number;
  readonly subject: number;
  readonly storedAt: number;
  readonly bytes: number;
}

export class Retention {
  readonly #stream: Stream;
  readonly #objects: ObjectRefs;
  readonly #limits: { readonly maxAgeMs: number; readonly maxBytes: number };
  readonly #next: StatementSync;
  readonly #forwardsOf: StatementSync;
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
    const columns = `seq, subject, stored_at AS storedAt,
      octet_length(headers) + coalesce(octet_length(body), 0) AS bytes FROM messages`;
    this.#next = database.prepare(
      `SELECT ${columns} WHERE seq > ? AND seq <= ? AND body_of IS NULL ORDER BY seq LIMIT ?`,
    );
    this.#forwardsOf = database.prepare(`SELECT ${columns} WHERE body_of = ?`);
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
    // The newest row stays, so that its position is never given a second time.
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

  /** One step of a pass: looks at so many rows at least. */
  step(now: number, atLeast: number): void {
    if (!this.#isActive) return;
    const rows = this.#next.all(this.#looked, this.#doneThrough, Math.max(STEP, atLeast)).map(asCandidate);
    if (rows.length === 0) this.#looked = this.#doneThrough;
    const end = rows.findIndex((row) => !this.#purgeIfDue(row, now));
    this.#isActive = end === -1 && !this.exhausted;
  }

  #purgeIfDue(row: Candidate, now: number): boolean {
    if (!this.#isDue(row, now)) return false;
    this.#looked = row.seq;
    this.#purge(row);
    return true;
  }

  #isDue(row: Candidate, now: number): boolean {
    return row.storedAt < now - this.#limits.maxAgeMs || this.#isPressed();
  }

  /** A message goes together with its verdicts, which share its body; it stays while one of these is needed. */
  #purge(row: Candidate): void {
    const forwards = this.#forwardsOf.all(row.seq).map(asCandidate);
    if (forwards.some(({ seq }) => seq > this.#doneThrough)) return;
    for (const each of [row, ...forwards]) this.#remove(each);
  }

  #remove({ seq, subject, bytes }: Candidate): void {
    this.#stream.remove(seq, subject, bytes);
    this.#objects.remove(seq);
  }
}

function asCandidate(row: Record<string, unknown>): Candidate {
  const { seq, subject, storedAt, bytes } = row;
  return { seq: Number(seq), subject: Number(subject), storedAt: Number(storedAt), bytes: Number(bytes) };
}
