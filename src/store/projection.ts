/**
 * The projection: what the bus delivers becomes rows. A batch is one transaction, and the position of the bus is kept
 * in the same one, so that every message is applied exactly once however often it is delivered.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { StoredMessage } from '../bus/message-bus.ts';
import { subjectMatches, subjects, VALIDATED_ANY } from '../bus/subjects.ts';
import { derivedIdOf } from '../messages/identity.ts';
import { type LifeState, type LifeStep, nextState, stateOf } from '../messages/life.ts';
import { extentOf, Extents, type Group } from './extents.ts';
import {
  type Arrived,
  arrivedOf,
  connectorOf,
  type Judgement,
  judgedSeqOf,
  judgementOf,
  subjectOf,
} from './facts.ts';
import { inTransaction, type JournalFile } from './journal-file.ts';
import { type Entry, Ledger } from './ledger.ts';
import { idBytes } from './rows.ts';
import { Writes } from './writes.ts';

/** A step as it was applied, for those who follow: the log, the metrics, the listeners, the waiting. */
export interface Applied {
  /** The position of the message that brought the step. */
  readonly seq: number;
  readonly at: number;
  /** `received` stands for `received` and `stored`. */
  readonly step: LifeStep;
  readonly entry: Entry;
  readonly connector: string | null;
  /** Of a verdict. */
  readonly judgement?: Judgement;
  /** True where the life of a message does not allow the step: its state stays as it was. */
  readonly unexpected: boolean;
}

export interface Batch {
  readonly applied: readonly Applied[];
  /** How many messages told of one that the journal does not know: purged from the bus, or never there. */
  readonly strays: number;
}

export class Projection {
  readonly #database: DatabaseSync;
  readonly #writes: Writes;
  readonly #ledger: Ledger;
  readonly #extents: Extents;
  #position: number;
  #applied: Applied[] = [];
  #strays = 0;

  constructor(file: JournalFile) {
    this.#database = file.database;
    this.#position = file.position;
    this.#writes = new Writes(file.database);
    this.#ledger = new Ledger(file.database);
    this.#extents = new Extents(file.database);
  }

  get position(): number {
    return this.#position;
  }

  /** Applies what lies beyond the position. Where SQLite throws, nothing of the batch is left behind. */
  apply(messages: readonly StoredMessage[]): Batch {
    const news = messages.filter((message) => message.seq > this.#position);
    const last = news.at(-1);
    this.#applied = [];
    this.#strays = 0;
    if (last !== undefined) this.#commit(news, last);
    return { applied: this.#applied, strays: this.#strays };
  }

  #commit(news: readonly StoredMessage[], last: StoredMessage): void {
    try {
      inTransaction(this.#database, () => {
        for (const message of news) this.#applyOne(message);
        this.#extents.write();
        this.#writes.position.run(last.seq, last.storedAt);
      });
      this.#position = last.seq;
    } catch (thrown) {
      // What is in memory may hold what was rolled back.
      this.#ledger.forget();
      this.#extents.forget();
      this.#writes.forget();
      throw thrown;
    }
  }

  #applyOne(message: StoredMessage): void {
    if (message.subject === subjects.ingress) this.#arrive(message);
    else if (message.subject === subjects.delivered) this.#later(message, 'delivered');
    else if (message.subject === subjects.deadletter) this.#later(message, 'deadletter');
    else if (message.subject === subjects.errors) this.#judge(message, false);
    else if (subjectMatches(VALIDATED_ANY, message.subject)) this.#judge(message, true);
  }

  #arrive(message: StoredMessage): void {
    const claimed = arrivedOf(message);
    const arrived = this.#add(claimed) ?? this.#add({ ...claimed, dataId: derivedIdOf(message) });
    if (arrived === undefined) {
      this.#unexpected(message, this.#ledger.find(claimed.dataId), 'received', claimed.connector);
      return;
    }
    const id = idBytes(arrived.dataId);
    const entry = this.#ledger.expect(arrived);
    this.#extents.add(arrived.seq, id, arrived.receivedAt, groupOf(entry));
    this.#report(message, 'received', entry, arrived.connector);
    if (arrived.parentId !== null) this.#replayed(message, arrived.parentId, arrived);
  }

  /** Undefined where another message has the id: whoever comes later and claims it gets one of its own. */
  #add(arrived: Arrived): Arrived | undefined {
    return this.#writes.addMessage(arrived, idBytes(arrived.dataId)) ? arrived : undefined;
  }

  #replayed(message: StoredMessage, parentId: string, child: Arrived): void {
    const parent = this.#ledger.find(parentId);
    if (parent === undefined || parent.arrived.dataId === child.dataId) return;
    this.#takeStep(message, parent, 'replayed', child.connector, child.dataId);
  }

  #judge(message: StoredMessage, valid: boolean): void {
    const entry = this.#judged(message);
    if (entry === undefined) return;
    const step = valid ? 'valid' : 'invalid';
    const life = nextState(entry.life, step);
    if (life === undefined || entry.judged) {
      this.#unexpected(message, entry, step, null);
      return;
    }
    const judgement = judgementOf(message, valid);
    const from = groupOf(entry);
    Object.assign(entry, { life, format: judgement.format, judged: true });
    this.#writes.addVerdict(entry.arrived.seq, life, judgement);
    this.#extents.move(entry.arrived.seq, from, groupOf(entry));
    this.#ledger.settle(entry.arrived.dataId);
    this.#report(message, step, entry, entry.arrived.connector, judgement);
  }

  #later(message: StoredMessage, step: 'delivered' | 'deadletter'): void {
    const entry = this.#known(message);
    if (entry !== undefined) this.#takeStep(message, entry, step, connectorOf(message), null);
  }

  #takeStep(
    message: StoredMessage,
    entry: Entry,
    step: LifeStep,
    connector: string | null,
    child: string | null,
  ): void {
    const life = nextState(entry.life, step);
    const changes = life !== undefined && life !== entry.life;
    // The state is kept with the verdict: without one there is no step that changes it.
    if (life === undefined || (changes && !entry.judged)) {
      this.#unexpected(message, entry, step, connector, child);
      return;
    }
    entry.plain = false;
    this.#writes.addStep(entry.arrived.seq, message, { step, connector, child, unexpected: false });
    if (changes) this.#enter(entry, life);
    this.#report(message, step, entry, connector);
  }

  #enter(entry: Entry, life: LifeState): void {
    const from = groupOf(entry);
    entry.life = life;
    this.#writes.life.run(life, entry.arrived.seq);
    this.#extents.move(entry.arrived.seq, from, groupOf(entry));
  }

  #unexpected(
    message: StoredMessage,
    entry: Entry | undefined,
    step: LifeStep,
    connector: string | null,
    child: string | null = null,
  ): void {
    if (entry === undefined) return;
    entry.plain = false;
    this.#writes.addStep(entry.arrived.seq, message, { step, connector, child, unexpected: true });
    const { seq, storedAt: at } = message;
    this.#applied.push({ seq, at, step, entry, connector, unexpected: true });
  }

  /** Where the verdict says which message it is about, that counts, whoever claims its id. */
  #judged(message: StoredMessage): Entry | undefined {
    const seq = judgedSeqOf(message);
    const entry = this.#known(message);
    return seq === undefined || entry?.arrived.seq === seq ? entry : (this.#ledger.findAt(seq) ?? entry);
  }

  #known(message: StoredMessage): Entry | undefined {
    const dataId = subjectOf(message);
    const entry = dataId === undefined ? undefined : this.#ledger.find(dataId);
    if (entry === undefined) this.#strays++;
    return entry;
  }

  #report(
    message: StoredMessage,
    step: LifeStep,
    entry: Entry,
    connector: string | null,
    judgement?: Judgement,
  ): void {
    const { seq, storedAt: at } = message;
    const applied = { seq, at, step, entry, connector, unexpected: false };
    this.#applied.push(judgement === undefined ? applied : { ...applied, judgement });
  }

  /**
   * Drops some of what lies wholly before the first position that the bus keeps; true while there is more. Whole
   * extents only, a few at a time, so that nobody waits for it.
   */
  prune(firstSeq: number): boolean {
    return this.#writes.dropExtentsBefore(extentOf(firstSeq));
  }
}

function groupOf(entry: Entry): Group {
  return { connector: entry.arrived.connector, format: entry.format, state: stateOf(entry.life) };
}
