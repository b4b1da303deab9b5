/**
 * The answers to deliveries: sent once a turn of the event loop, in their order, the last one of each batch with a
 * request to confirm. The server takes the answers of a connection in order, so that one confirmation covers the batch.
 */
import { HealthosError } from '../../errors.ts';
import type { JetStreamDelivery } from './delivery.ts';
import type { Wire } from './wire.ts';

export interface Answer {
  readonly delivery: JetStreamDelivery;
  readonly payload: Uint8Array;
}

interface Batch {
  readonly answers: readonly Answer[];
  readonly done: PromiseWithResolvers<undefined>;
  sentAt: number;
}

const ACK = Buffer.from('+ACK');
const TERM = Buffer.from('+TERM');
const PROGRESS = Buffer.from('+WPI');
const NAK = Buffer.from('-NAK');
/** A confirmation that does not come, as while a leader is elected, is asked for again. */
const CONFIRM_MS = 3_000;

export class Outbox {
  readonly #wire: Wire;
  #answers: Answer[] = [];
  readonly #batches = new Set<Batch>();
  #isDue = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  ack(delivery: JetStreamDelivery): void {
    this.#add({ delivery, payload: ACK });
  }

  nak(delivery: JetStreamDelivery, delayMs: number): void {
    const payload = delayMs > 0 ? Buffer.from(`-NAK {"delay": ${String(Math.round(delayMs * 1e6))}}`) : NAK;
    this.#add({ delivery, payload });
  }

  /** Not to come again. */
  end(delivery: JetStreamDelivery): void {
    this.#add({ delivery, payload: TERM });
  }

  /** At once and unconfirmed: another one follows. */
  inProgress(delivery: JetStreamDelivery): void {
    this.#wire.send(delivery.reply, PROGRESS);
  }

  /** Answers of an earlier connection that were not confirmed there. */
  repeat(answers: readonly Answer[]): void {
    for (const answer of answers) this.#add(answer);
  }

  /** Resolves when everything given so far is confirmed; rejects with `bus/unavailable` where the connection ends first. */
  async confirmed(): Promise<void> {
    this.#send();
    await Promise.all([...this.#batches].map(({ done }) => done.promise));
  }

  /** Asks again for confirmations that did not come. */
  remind(now: number): void {
    for (const batch of this.#batches) if (now - batch.sentAt > CONFIRM_MS) this.#sendBatch(batch);
  }

  /** The connection is gone. Answers what was not confirmed. */
  detach(): readonly Answer[] {
    const batches = [...this.#batches];
    const left = [...batches.flatMap(({ answers }) => answers), ...this.#answers];
    this.#answers = [];
    this.#batches.clear();
    for (const { done } of batches) done.reject(lost());
    return left;
  }

  #add(answer: Answer): void {
    this.#answers.push(answer);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#send());
  }

  #send(): void {
    this.#isDue = false;
    if (this.#answers.length === 0) return;
    const batch = { answers: this.#answers, done: Promise.withResolvers<undefined>(), sentAt: 0 };
    // Whoever flushes hears of it.
    batch.done.promise.catch(() => undefined);
    this.#answers = [];
    this.#batches.add(batch);
    this.#sendBatch(batch);
  }

  #sendBatch(batch: Batch): void {
    batch.sentAt = performance.now();
    const last = batch.answers.length - 1;
    for (const [i, { delivery, payload }] of batch.answers.entries()) {
      this.#wire.send(delivery.reply, payload, i === last ? this.#confirmation(batch) : '');
    }
  }

  #confirmation(batch: Batch): string {
    return this.#wire.expect(() => {
      this.#batches.delete(batch);
      batch.done.resolve(undefined);
    });
  }
}

function lost(): HealthosError {
  const message = 'The connection to the NATS server broke before the answers were confirmed.';
  return new HealthosError('bus/unavailable', message, { retryAfter: 1 });
}
