/**
 * The store: one SQLite connection, and everything that waits for its next commit.
 *
 * A commit is one transaction: what was published, the verdicts and acknowledgements since the last one, and what is
 * handed out because of them. Memory runs ahead of the disk only by what the next commit writes; when a commit fails,
 * what was published in it is refused, what was handed out is taken back, and the rest waits for the next try.
 */
import type { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ConsumerOptions } from '../message-bus.ts';
import { Capacity } from './capacity.ts';
import type { Client } from './client.ts';
import { ConsumerTable } from './consumer-table.ts';
import { openDatabase, PAGE_BYTES, sqliteCode, SyncLevel, whyUnwritable } from './database.ts';
import { Desk } from './desk.ts';
import type { HandedOut } from './desk.ts';
import { DuplicateWindow } from './duplicate-window.ts';
import { ObjectRefs } from './object-refs.ts';
import { batchOf, packedCount, without } from './new-batch.ts';
import { packRows } from './packing.ts';
import { PendingForwards } from './pending-forwards.ts';
import type { Answers, PackedMessages, Refusal, Reply, StoreCounts, StoreSettings } from './protocol.ts';
import { Retention } from './retention.ts';
import { Slabs } from './slabs.ts';
import { Stream } from './stream.ts';
import { countOf, WaitingBatches } from './waiting-batches.ts';
import type { WaitingBatch } from './waiting-batches.ts';

type Staged = readonly [Client, Reply];

const RETRY_AFTER_S = 5;

export class Store {
  /** The memory of what is published. */
  readonly slabs = new Slabs();
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #stream: Stream;
  readonly #duplicates: DuplicateWindow;
  readonly #objects: ObjectRefs;
  readonly #consumers: ConsumerTable;
  readonly #desk: Desk;
  readonly #retention: Retention;
  readonly #capacity: Capacity;
  readonly #forwards: PendingForwards;
  readonly #sync: SyncLevel;
  readonly #sql;
  readonly #waiting = new WaitingBatches();
  #whenDurable: Staged[] = [];
  #keysToExpire = false;
  /** Verdicts and acknowledgements since the last commit. */
  uncommitted = 0;
  /** How many messages the last commit stored. */
  storedLast = 0;

  constructor(settings: StoreSettings, now: number) {
    this.#file = settings.busFile;
    this.#database = openDatabase(settings.busFile);
    const database = this.#database;
    this.#stream = new Stream(database, this.slabs);
    this.#duplicates = new DuplicateWindow(database, settings.duplicateWindowMs);
    this.#objects = new ObjectRefs(database, settings.objectsFolder, settings.objectGraceMs);
    this.#consumers = new ConsumerTable(database, this.#stream);
    this.#forwards = new PendingForwards(this.#stream);
    this.#desk = new Desk(this.#consumers, this.#stream, (consumer, message) => {
      this.#forwards.bury(consumer, message);
      this.uncommitted += 1;
    });
    this.#retention = new Retention(database, this.#stream, this.#objects, settings);
    this.#capacity = new Capacity(dirname(settings.busFile), settings.maxBytes, now);
    this.#sync = new SyncLevel(database);
    this.#sql = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      probe: database.prepare('INSERT OR REPLACE INTO probe VALUES (1, zeroblob(65536))'),
      endProbe: database.prepare('DELETE FROM probe'),
      emptyLog: database.prepare('PRAGMA wal_checkpoint(TRUNCATE)'),
      freePages: database.prepare('PRAGMA freelist_count'),
    };
  }

  get state() {
    return this.#capacity.state;
  }

  publish(client: Client, batch: number, messages: PackedMessages): void {
    if (this.state.state === 'ready') this.#waiting.add({ client, batch, messages });
    else client.reply({ type: 'refused', batch, refusal: this.#refusal() });
  }

  /** Takes a consumer's answers: in force at once, durable with the next commit. */
  answer(client: Client, answers: Answers, now: number): void {
    const attachment = client.attachments.get(answers.consumer);
    if (attachment === undefined) return;
    if (answers.forwards !== null)
      this.uncommitted += this.#forwards.take(attachment.consumer, answers.forwards);
    this.#desk.answer(attachment, answers, now);
    this.uncommitted += answers.acks.length + answers.naks.length;
    if (answers.flush !== null) this.#whenDurable.push([client, { type: 'done', id: answers.flush }]);
  }

  open(client: Client, id: number, channel: number, name: string, options: ConsumerOptions): void {
    const earlier = this.#consumers.find(name);
    const consumer = this.#consumers.open(name, options);
    if (earlier !== undefined && earlier !== consumer) this.#desk.forget(earlier);
    this.#desk.attach(client, channel, consumer);
    this.#whenDurable.push([client, { type: 'done', id }]);
  }

  leave(client: Client, id: number, channel: number): void {
    const attachment = client.attachments.get(channel);
    if (attachment !== undefined) this.#desk.detach(attachment, true);
    this.#whenDurable.push([client, { type: 'done', id }]);
  }

  forget(client: Client, id: number, name: string): void {
    const known = this.#consumers.forget(name);
    if (known !== undefined) this.#desk.forget(known);
    this.#whenDurable.push([client, { type: 'forgotten', id, existed: known !== undefined }]);
  }

  /** The thread behind the client is gone. */
  disconnect(client: Client): void {
    for (const attachment of [...client.attachments.values()]) this.#desk.detach(attachment, false);
  }

  get(client: Client, id: number, seq: number): void {
    const row = this.#stream.read(seq);
    const rows =
      row === undefined ? [] : [{ ...row, subject: this.#stream.subjects.name(row.subject), attempt: 0 }];
    client.reply({ type: 'row', id, rows: packRows(rows) });
  }

  counts(): StoreCounts {
    return {
      messages: this.#stream.subjects.messages,
      bytes: this.#retention.bytes,
      firstSeq: this.#stream.firstSeq,
      lastSeq: this.#stream.lastSeq,
      consumers: this.#consumers.statuses(),
    };
  }

  /** True where a message waits to be stored, somebody waits for what is durable, or something may be handed out. */
  isUrgent(now: number): boolean {
    return !this.#waiting.isEmpty || this.#whenDurable.length > 0 || this.#desk.hasMore(now);
  }

  /** When the next wait of a consumer is over. */
  nextDue(): number {
    return this.#desk.nextDue();
  }

  /**
   * Commits what waits, as much of it as goes into one transaction. Throws what is neither a full nor a failing disk.
   */
  commit(now: number, options: { readonly final: boolean } = { final: false }): void {
    this.#desk.expire(now);
    const batches = this.#waiting.take();
    this.storedLast = countOf(batches);
    const undo = this.#checkpoint();
    let handedOut: HandedOut | undefined;
    try {
      this.#sync.waitForDisk(options.final || this.#isPromise(batches));
      this.#sql.begin.run();
      const replies = batches.map((batch) => this.#store(batch, now));
      this.#forwards.store(now, this.#objects, this.#retention);
      handedOut = this.#desk.handOut(now);
      this.#expireKeys(now);
      this.#retention.press(() => this.#consumers.doneThrough());
      this.#retention.step(now, this.storedLast);
      const written = this.#consumers.writeDown();
      this.#stream.subjects.writeDown(this.#stream.lastSeq, options.final);
      this.#sql.commit.run();
      written();
      this.#committed(replies, handedOut);
    } catch (error) {
      this.#rollBack(error);
      handedOut?.undo();
      undo();
      this.#refuse(batches);
    }
    this.look(now);
  }

  /**
   * Whether somebody is told, or acts on it, that what is committed is durable. Deliveries and acknowledgements alone need
   * to survive a kill of the process: after a loss of power a message may come again.
   */
  #isPromise(batches: readonly WaitingBatch[]): boolean {
    return batches.length > 0 || this.#forwards.any || this.#whenDurable.length > 0 || !this.isTidy;
  }

  #store({ client, batch, messages }: WaitingBatch, now: number): Staged {
    const first = this.#stream.lastSeq + 1;
    const duplicates = this.#findDuplicates(messages, first, now);
    const dropped = new Set(duplicates.map(([i]) => i));
    const kept = dropped.size === 0 ? messages : without(messages, dropped);
    if (packedCount(kept) > 0) this.#stream.append(batchOf(kept, this.#idOf), now);
    let seq = first;
    const refs = new Map(messages.refs);
    for (let i = 0; refs.size > 0 && i < packedCount(messages); i++) {
      if (dropped.has(i)) continue;
      const ref = refs.get(i);
      if (ref !== undefined) this.#objects.add(seq, ref);
      seq += 1;
    }
    return [client, { type: 'stored', batch, first, duplicates }];
  }

  /** Which messages of a batch were stored before under their key, and where; remembers the keys of the others. */
  #findDuplicates({ keys }: PackedMessages, first: number, now: number): (readonly [number, number])[] {
    const duplicates: (readonly [number, number])[] = [];
    for (const [i, key] of keys) {
      const earlier = this.#duplicates.find(key, now);
      if (earlier !== undefined) duplicates.push([i, earlier]);
      else this.#duplicates.remember(key, first + i - duplicates.length, now);
    }
    return duplicates;
  }

  readonly #idOf = (subject: string): number => this.#stream.subjects.id(subject);

  #committed(replies: readonly Staged[], handedOut: HandedOut): void {
    this.#capacity.succeeded();
    this.#forwards.committed();
    this.uncommitted = 0;
    for (const [client, reply] of [...replies, ...this.#whenDurable]) client.reply(reply);
    this.#whenDurable = [];
    handedOut.send();
  }

  /** What a transaction changes in memory, to be put back. */
  #checkpoint(): () => void {
    const { lastSeq } = this.#stream;
    const { bytes } = this.#objects;
    const restoreSubjects = this.#stream.subjects.save();
    return () => {
      this.#stream.forget(lastSeq);
      this.#consumers.rollBack(lastSeq);
      this.#objects.bytes = bytes;
      restoreSubjects();
    };
  }

  #rollBack(error: unknown): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    if (sqliteCode(error) === undefined) throw error;
    this.#capacity.failed(whyUnwritable(error, this.#file));
  }

  #refuse(batches: readonly WaitingBatch[]): void {
    this.look(Date.now());
    const refusal = this.#refusal();
    for (const { client, batch } of [...batches, ...this.#waiting.takeAll()])
      client.reply({ type: 'refused', batch, refusal });
  }

  #refusal(): Refusal {
    const message = this.state.reason ?? 'The bus has no room.';
    return { code: 'bus/full', message, retryAfter: RETRY_AFTER_S };
  }

  /** Looks whether there is room. */
  look(now: number): void {
    const { bytes, exhausted } = this.#retention;
    const logBytes = (): number => statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    this.#capacity.look(now, { bytes, exhausted, logBytes, reusableBytes: () => this.#reusableBytes() });
  }

  #reusableBytes(): number {
    return Number(this.#sql.freePages.get()?.['freelist_count'] ?? 0) * PAGE_BYTES;
  }

  /** Does a full disk have room by now? Empties the write-ahead log, and writes something and takes it away again. */
  probe(now: number): void {
    try {
      this.#sync.waitForDisk(true);
      this.#sql.emptyLog.get();
      this.#sql.probe.run();
      this.#sql.endProbe.run();
      this.#capacity.succeeded();
    } catch (error) {
      this.#rollBack(error);
    }
    this.look(now);
  }

  /** Forgets keys that left the window, and begins to look for what may be purged. Objects are collected apart. */
  tidy(): void {
    this.#retention.beginPass(this.#consumers.doneThrough());
    this.#keysToExpire = true;
  }

  get isTidy(): boolean {
    return !this.#retention.isActive && !this.#keysToExpire;
  }

  #expireKeys(now: number): void {
    if (this.#keysToExpire) this.#keysToExpire = this.#duplicates.expire(now);
  }

  collectObjects(now: number): Promise<void> {
    return this.#objects.collect(now);
  }

  close(now: number): void {
    this.commit(now, { final: true });
    this.#database.close();
  }
}
