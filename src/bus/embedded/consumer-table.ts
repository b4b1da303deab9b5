/** The durable consumers: where each stands, in memory and on disk. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ConsumerOptions, ConsumerStatus } from '../message-bus.ts';
import { ConsumerState } from './consumer-state.ts';
import type { Limits } from './consumer-state.ts';
import type { Row, Stream } from './stream.ts';

const DEFAULT_ACK_WAIT_MS = 30_000;
const DEFAULT_MAX_ACK_PENDING = 2048;

export class DurableConsumer {
  readonly name: string;
  options: ConsumerOptions;
  /** The ids of the subjects that match its filter. */
  subjects: ReadonlySet<number>;
  readonly state: ConsumerState;
  /** The first row of the backlog, as it was found last. */
  #head: Row | undefined;

  constructor(name: string, options: ConsumerOptions, subjects: ReadonlySet<number>, state: ConsumerState) {
    this.name = name;
    this.options = options;
    this.subjects = subjects;
    this.state = state;
  }

  get bodies(): boolean {
    return this.options.headersOnly !== true;
  }

  /** How many matching messages were never delivered. */
  backlog(stream: Stream): number {
    return stream.subjects.counts(this.subjects).total - this.state.delivered;
  }

  /** Every matching message up to here is acknowledged. */
  floor(stream: Stream): number {
    if (this.backlog(stream) === 0) this.state.skipTo(stream.lastSeq);
    else if (this.state.openCount === 0) this.#skipToHead(stream);
    return this.state.floor;
  }

  status(stream: Stream): ConsumerStatus {
    const { state, name } = this;
    const backlog = this.backlog(stream);
    return {
      name,
      filter: this.options.filter,
      pending: backlog + state.openCount,
      inFlight: state.inFlight,
      ackFloor: this.floor(stream),
      oldest: state.oldestOpen?.storedAt ?? (backlog > 0 ? this.#headTime(stream) : null),
    };
  }

  rollBack(lastSeq: number): void {
    this.state.clamp(lastSeq);
    this.#head = undefined;
  }

  #headTime(stream: Stream): number | null {
    this.#skipToHead(stream);
    return this.#head?.storedAt ?? null;
  }

  /** Moves the cursor to just before the first row of the backlog, or as far as one look reaches. */
  #skipToHead(stream: Stream): void {
    const { state, subjects } = this;
    if (this.#head !== undefined && this.#head.seq > state.cursor) return;
    const { rows, through } = stream.next(state.cursor, { subjects, bodies: false }, 1);
    this.#head = rows[0];
    state.skipTo(this.#head === undefined ? through : this.#head.seq - 1);
  }
}

export class ConsumerTable {
  readonly #stream: Stream;
  readonly #consumers = new Map<string, DurableConsumer>();
  readonly #save: StatementSync;
  readonly #remove: StatementSync;
  /** Those that are forgotten in memory and not yet on disk. */
  readonly #forgotten = new Set<string>();
  #subjectsVersion: number;

  constructor(database: DatabaseSync, stream: Stream) {
    this.#stream = stream;
    this.#subjectsVersion = stream.subjects.version;
    this.#save = database.prepare('INSERT OR REPLACE INTO consumers VALUES (?, ?, ?, ?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM consumers WHERE name = ?');
    for (const row of database.prepare('SELECT * FROM consumers').all()) this.#load(row);
  }

  all(): readonly DurableConsumer[] {
    this.follow();
    return [...this.#consumers.values()];
  }

  /** Where there is another subject, consumers may match it. */
  follow(): void {
    if (this.#subjectsVersion === this.#stream.subjects.version) return;
    this.#subjectsVersion = this.#stream.subjects.version;
    for (const consumer of this.#consumers.values()) {
      consumer.subjects = this.#stream.subjects.matching(consumer.options.filter);
    }
  }

  find(name: string): DurableConsumer | undefined {
    return this.#consumers.get(name);
  }

  /** Takes the consumer up where it stands, with the options as they are now, or makes a new one. */
  open(name: string, options: ConsumerOptions): DurableConsumer {
    const known = this.#consumers.get(name);
    if (known === undefined || options.reset === true) return this.#create(name, options);
    const refiltered = JSON.stringify(known.options.filter) !== JSON.stringify(options.filter);
    known.options = options;
    known.state.limits = limitsOf(options);
    known.state.changed = true;
    if (refiltered) this.#refilter(known);
    return known;
  }

  /** The consumer is gone at once, on disk with the next commit. Answers the one that there was. */
  forget(name: string): DurableConsumer | undefined {
    const known = this.#consumers.get(name);
    if (known === undefined) return undefined;
    this.#consumers.delete(name);
    this.#forgotten.add(name);
    return known;
  }

  #create(name: string, options: ConsumerOptions): DurableConsumer {
    const subjects = this.#stream.subjects.matching(options.filter);
    const cursor = Math.min(options.startAfter ?? 0, this.#stream.lastSeq);
    const state = new ConsumerState(limitsOf(options), cursor, this.#countThrough(cursor, subjects));
    state.changed = true;
    const consumer = new DurableConsumer(name, options, subjects, state);
    this.#consumers.set(name, consumer);
    return consumer;
  }

  #refilter(consumer: DurableConsumer): void {
    consumer.subjects = this.#stream.subjects.matching(consumer.options.filter);
    consumer.state.recount(this.#countThrough(consumer.state.cursor, consumer.subjects));
  }

  /** How many messages with these subjects there ever were up to a position. */
  #countThrough(cursor: number, subjects: ReadonlySet<number>): number {
    const { total, purged } = this.#stream.subjects.counts(subjects);
    return cursor === 0 ? purged : total - this.#stream.countAfter(cursor, subjects);
  }

  #load(saved: Record<string, unknown>): void {
    const options = JSON.parse(String(saved['options'])) as ConsumerOptions;
    const cursor = Number(saved['cursor']);
    const delivered = Number(saved['delivered']);
    const subjects = this.#stream.subjects.matching(options.filter);
    const state = new ConsumerState(limitsOf(options), cursor, delivered);
    const consumer = new DurableConsumer(String(saved['name']), options, subjects, state);
    this.#consumers.set(consumer.name, consumer);
    if (typeof saved['open'] === 'string') this.#restoreListed(state, saved['open']);
    else this.#restoreGapless(consumer, Number(saved['floor']));
  }

  #restoreListed(state: ConsumerState, listed: string): void {
    for (const [seq, attempts] of JSON.parse(listed) as [number, number][]) {
      const row = this.#stream.read(seq, false);
      if (row !== undefined) state.restore(row, 0, attempts);
    }
  }

  /** Every matching message between the floor and the cursor was delivered once and is open. */
  #restoreGapless({ state, subjects }: DurableConsumer, floor: number): void {
    const open: Row[] = [];
    for (let at = floor; at < state.cursor;) {
      const { rows, through } = this.#stream.next(at, { subjects, bodies: false }, Number.MAX_SAFE_INTEGER);
      open.push(...rows.filter(({ seq }) => seq <= state.cursor));
      at = through;
    }
    const first = state.delivered - open.length + 1;
    for (const [i, row] of open.entries()) state.restore(row, first + i, 1);
  }

  /** Writes where the consumers stand that moved since the last time; answers what to do once that is committed. */
  writeDown(): () => void {
    const moved = this.all().filter(({ state }) => state.changed);
    for (const name of this.#forgotten) this.#remove.run(name);
    for (const { name, options, state } of moved) {
      const { cursor, delivered, floor, open } = state.standing();
      const { reset: _reset, ...kept } = options;
      const listed = open === null ? null : JSON.stringify(open);
      this.#save.run(name, JSON.stringify(kept), cursor, delivered, floor, listed);
    }
    return () => {
      for (const { state } of moved) state.changed = false;
      this.#forgotten.clear();
    };
  }

  /** The positions after this one were taken back. */
  rollBack(lastSeq: number): void {
    for (const consumer of this.#consumers.values()) consumer.rollBack(lastSeq);
  }

  /** The lowest ack floor: up to there every consumer is done. Nothing is done with while there is no consumer. */
  doneThrough(): number {
    const floors = this.all().map((consumer) => consumer.floor(this.#stream));
    return floors.length === 0 ? 0 : Math.min(...floors);
  }

  statuses(): readonly ConsumerStatus[] {
    return this.all().map((consumer) => consumer.status(this.#stream));
  }
}

function limitsOf(options: ConsumerOptions): Limits {
  return {
    ackWaitMs: options.ackWaitMs ?? DEFAULT_ACK_WAIT_MS,
    maxAckPending: options.maxAckPending ?? DEFAULT_MAX_ACK_PENDING,
    maxDeliver: options.maxDeliver ?? Infinity,
    ackPolicy: options.ackPolicy ?? 'each',
  };
}
