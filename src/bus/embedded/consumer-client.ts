/**
 * A consumer as its reader sees it. A fetch asks the store for what is there, and is answered once: a reader that lets
 * messages gather before it fetches again gets them in one go. Answers go over once a turn of the event loop.
 *
 * When the store's thread dies, what was delivered before is void: it comes again, and late answers to it go nowhere.
 */
import type { Headers } from '../../messages/envelope.ts';
import type { Consumer, Delivery } from '../message-bus.ts';
import { EmbeddedDelivery } from './delivery.ts';
import type { Answering } from './delivery.ts';
import { eachRow, forwardDraft, packMessages } from './packing.ts';
import type { Draft } from './packing.ts';
import type { Answers, PackedRows } from './protocol.ts';

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
  /** True while the store is asked for deliveries. */
  #isAsked = false;
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
    if (this.#queue.length > 0 && this.#fetches.length === 0) return Promise.resolve(this.#take(max));
    this.#ask(max);
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

  #ask(max: number): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    this.#outbox.ask(Math.max(max, 1));
  }

  #take(max: number): readonly Delivery[] {
    const taken = this.#queue.splice(0, Math.max(max, 1));
    this.#outbox.took(taken.length);
    return taken;
  }

  #giveUp(fetch: Fetch): void {
    this.#fetches = this.#fetches.filter((other) => other !== fetch);
    fetch.resolve([]);
  }

  delivered(rows: PackedRows): void {
    eachRow(rows, (row) => this.#queue.push(new EmbeddedDelivery(row, this.#outbox)));
    this.#isAsked = false;
    for (let fetch = this.#fetches[0]; fetch !== undefined; fetch = this.#fetches[0]) {
      if (this.#queue.length === 0) {
        this.#ask(fetch.max);
        return;
      }
      this.#fetches.shift();
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
    this.#isAsked = false;
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
