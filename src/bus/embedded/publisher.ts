/** Publishes from one thread: what is published in one turn of the event loop is one batch. */
import { HealthosError } from '../../errors.ts';
import type { Stored } from '../message-bus.ts';
import type { Draft } from './packing.ts';
import type { Refusal, Reply } from './protocol.ts';

interface Waiter {
  resolve(stored: Stored): void;
  reject(error: HealthosError): void;
}

interface Sent {
  readonly waiters: readonly Waiter[];
  readonly sentAt: number;
}

/**
 * So many, and as many as are under way, do not wait for the end of the turn: the store works on one half while the other
 * comes together, and each of its syncs serves as many as it can.
 */
const LARGE = 32;

export class Publisher {
  readonly #timeoutMs: number;
  readonly #send: (batch: number, drafts: readonly Draft[]) => void;
  #drafts: Draft[] = [];
  #waiters: Waiter[] = [];
  /** In the order of sending, which is also that of their deadlines. */
  readonly #sent = new Map<number, Sent>();
  #inFlight = 0;
  #lastBatch = 0;
  #timer: NodeJS.Timeout | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(timeoutMs: number, send: (batch: number, drafts: readonly Draft[]) => void) {
    this.#timeoutMs = timeoutMs;
    this.#send = send;
  }

  /** How many messages are sent and not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  publish(draft: Draft): Promise<Stored> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      const waiting = this.#drafts.push(draft);
      if (waiting === 1) this.#flushSoon();
      if (waiting >= Math.max(LARGE, this.#inFlight)) this.#flush();
    });
  }

  /** With nothing under way the store is idle, and there is nothing to wait for but what this moment publishes too. */
  #flushSoon(): void {
    if (this.#inFlight === 0) process.nextTick(() => this.#flush());
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#drafts.length === 0) return;
    const batch = ++this.#lastBatch;
    this.#sent.set(batch, { waiters: this.#waiters, sentAt: performance.now() });
    this.#inFlight += this.#waiters.length;
    const drafts = this.#drafts;
    this.#drafts = [];
    this.#waiters = [];
    this.#send(batch, drafts);
    if (this.#timer === undefined) this.#startTimer(this.#timeoutMs);
  }

  stored({ batch, first, duplicates }: Reply & { type: 'stored' }): void {
    const waiters = this.#take(batch);
    let seq = first;
    let next = 0;
    for (const [i, waiter] of waiters.entries()) {
      const duplicate = duplicates[next];
      if (duplicate?.[0] === i) {
        waiter.resolve({ seq: duplicate[1], duplicate: true });
        next += 1;
      } else {
        waiter.resolve({ seq, duplicate: false });
        seq += 1;
      }
    }
  }

  refused(batch: number, refusal: Refusal): void {
    for (const waiter of this.#take(batch)) waiter.reject(asError(refusal));
  }

  /** Nothing that was sent will be answered any more. The next store counts the batches anew. */
  abandon(refusal: Refusal): void {
    for (const batch of [...this.#sent.keys()]) this.refused(batch, refusal);
    this.#lastBatch = 0;
    const waiters = this.#waiters;
    this.#drafts = [];
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(asError(refusal));
  }

  /** Resolves when everything published so far is answered. */
  async idle(): Promise<void> {
    this.#flush();
    if (this.#sent.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** Their waiters; none where they gave up before. */
  #take(batch: number): readonly Waiter[] {
    const waiters = this.#sent.get(batch)?.waiters ?? [];
    this.#sent.delete(batch);
    this.#inFlight -= waiters.length;
    if (this.#sent.size === 0) this.#becomeIdle();
    return waiters;
  }

  #becomeIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #startTimer(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), ms);
    this.#timer.unref();
  }

  /** One timer for all: it is set for the oldest batch, and runs on where that is answered, since setting it costs. */
  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    const seconds = this.#timeoutMs / 1000;
    const message = `The bus did not store the message within ${seconds} seconds; its disk may be slow or hang.`;
    for (const [batch, { sentAt }] of this.#sent) {
      const left = sentAt + this.#timeoutMs - now;
      if (left > 1) {
        this.#startTimer(left);
        return;
      }
      this.refused(batch, { code: 'bus/timeout', message, retryAfter: 1 });
    }
  }
}

export function asError({ code, message, retryAfter }: Refusal): HealthosError {
  return new HealthosError(code, message, { retryAfter });
}
