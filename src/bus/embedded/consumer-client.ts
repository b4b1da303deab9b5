/**
 * A consumer as its reader sees it. The store sends ahead up to the credit that it has, so that a fetch rarely waits;
 * answers go over once a turn of the event loop.
 *
 * When the store's thread dies, what was delivered before is void: it comes again, and late answers to it go nowhere.
 */
import type { Headers } from '../../messages/envelope.ts';
import type { Consumer, Delivery } from '../message-bus.ts';
import { EmbeddedDelivery } from './delivery.ts';
import type { Answering } from './delivery.ts';
import { ROW_FIELDS, eachRow, forwardDraft, packMessages } from './packing.ts';
import type { Draft } from './packing.ts';
import type { Answers, PackedRows } from './protocol.ts';

/** The store sends ahead so many times what a fetch asks for. */
const AHEAD = 2;
const MAX_AHEAD = 1024;

/** What a consumer needs of the bus's client. */
export interface ConsumerLink {
  answer(answers: Answers): void;
  /** Resolves when the store says that it is done. */
  durable(send: (id: number) => void): Promise<void>;
  leave(consumer: number): Promise<void>;
}

interface Fetch {
  readonly max: number;
  readonly resolve: (deliveries: readonly Delivery[]) => void;
}

export class ConsumerClient implements Consumer {
  readonly #id: number;
  readonly #link: ConsumerLink;
  #queue: EmbeddedDelivery[] = [];
  #fetches: Fetch[] = [];
  /** What the store may still send. */
  #credit = 0;
  #closed = false;
  #outbox: Outbox;

  constructor(id: number, link: ConsumerLink) {
    this.#id = id;
    this.#link = link;
    this.#outbox = this.#newOutbox();
  }

  #newOutbox(): Outbox {
    return new Outbox(this.#id, (answers) => this.#link.answer(answers));
  }

  fetch(max: number, signal?: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#closed || signal?.aborted === true) return Promise.resolve([]);
    this.#ask(max);
    if (this.#queue.length > 0 && this.#fetches.length === 0) return Promise.resolve(this.#take(max));
    return this.#wait(max, signal);
  }

  async #wait(max: number, signal: AbortSignal | undefined): Promise<readonly Delivery[]> {
    const { promise, resolve } = Promise.withResolvers<readonly Delivery[]>();
    const fetch = { max, resolve };
    const giveUp = (): void => this.#giveUp(fetch);
    this.#fetches.push(fetch);
    signal?.addEventListener('abort', giveUp, { once: true });
    const deliveries = await promise;
    signal?.removeEventListener('abort', giveUp);
    return deliveries;
  }

  /** Asks for more when half of what may be sent ahead is used up. */
  #ask(max: number): void {
    const ahead = Math.min(Math.max(max, 1) * AHEAD, MAX_AHEAD);
    const missing = ahead - this.#credit - this.#queue.length;
    if (missing * 2 < ahead) return;
    this.#credit += missing;
    this.#outbox.ask(missing);
  }

  #take(max: number): readonly Delivery[] {
    const taken = this.#queue.splice(0, Math.max(max, 1));
    this.#outbox.took(taken.length);
    this.#ask(max);
    return taken;
  }

  #giveUp(fetch: Fetch): void {
    this.#fetches = this.#fetches.filter((other) => other !== fetch);
    fetch.resolve([]);
  }

  delivered(rows: PackedRows): void {
    eachRow(rows, (row) => this.#queue.push(new EmbeddedDelivery(row, this.#outbox)));
    this.#credit -= rows.layout.length / ROW_FIELDS;
    while (this.#queue.length > 0) {
      const fetch = this.#fetches.shift();
      if (fetch === undefined) return;
      fetch.resolve(this.#take(fetch.max));
    }
  }

  flush(): Promise<void> {
    return this.#link.durable((id) => this.#outbox.flush(id));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.end();
    this.#outbox.sendNow();
    await this.#link.leave(this.#id);
  }

  /** Ends the fetches: nothing more is delivered. */
  end(): void {
    this.#closed = true;
    this.#queue = [];
    for (const fetch of this.#fetches.splice(0)) fetch.resolve([]);
  }

  /** The store's thread is gone: what it delivered is void. */
  detached(): void {
    this.#outbox.void();
    this.#queue = [];
    this.#credit = 0;
  }

  /** There is a new one. */
  reattached(): void {
    this.#outbox = this.#newOutbox();
    const waiting = this.#fetches[0];
    if (waiting !== undefined) this.#ask(waiting.max);
  }
}

/** The answers of one turn of the event loop. */
class Outbox implements Answering {
  readonly #consumer: number;
  #send: (answers: Answers) => void;
  #isDue = false;
  #taken = 0;
  #credit = 0;
  #acks: number[] = [];
  #naks: (readonly [number, number, number])[] = [];
  #progress: (readonly [number, number])[] = [];
  #forwards: Draft[] = [];
  #originals: number[] = [];

  constructor(consumer: number, send: (answers: Answers) => void) {
    this.#consumer = consumer;
    this.#send = send;
  }

  /** From now on the answers go nowhere. */
  void(): void {
    this.#send = () => undefined;
  }

  ask(credit: number): void {
    this.#credit += credit;
    this.#sendSoon();
  }

  took(count: number): void {
    this.#taken += count;
    this.#sendSoon();
  }

  ack(seq: number): void {
    this.#acks.push(seq);
    this.#sendSoon();
  }

  nak(seq: number, attempt: number, delayMs: number): void {
    this.#naks.push([seq, attempt, delayMs]);
    this.#sendSoon();
  }

  inProgress(seq: number, attempt: number): void {
    this.#progress.push([seq, attempt]);
    this.#sendSoon();
  }

  forward(seq: number, subject: string, headers: Headers, original: Headers, duplicateKey: string): void {
    this.#forwards.push(forwardDraft(subject, headers, original, duplicateKey));
    this.#originals.push(seq);
    this.#sendSoon();
  }

  flush(id: number): void {
    this.#sendWith(id);
  }

  sendNow(): void {
    if (this.#isDue) this.#sendWith(null);
  }

  #sendSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.sendNow());
  }

  #sendWith(flush: number | null): void {
    this.#isDue = false;
    const forwards =
      this.#forwards.length === 0
        ? null
        : { messages: packMessages(this.#forwards), originals: this.#originals };
    this.#send({
      type: 'answers',
      consumer: this.#consumer,
      taken: this.#taken,
      credit: this.#credit,
      acks: this.#acks,
      naks: this.#naks,
      progress: this.#progress,
      forwards,
      flush,
    });
    this.#taken = 0;
    this.#credit = 0;
    this.#acks = [];
    this.#naks = [];
    this.#progress = [];
    this.#forwards = [];
    this.#originals = [];
  }
}
