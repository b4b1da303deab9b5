/** What was delivered to a consumer and is not answered: some of it waits to be fetched, some is in the reader's hands. */
import type { Delivery } from '../message-bus.ts';
import type { JetStreamDelivery } from './delivery.ts';

interface Fetch {
  readonly max: number;
  readonly resolve: (deliveries: readonly Delivery[]) => void;
}

export class Inbox {
  /** Told, with what a fetch asks for, when room for more may be. */
  readonly #onTaken: (max: number) => void;
  readonly #hands = new Set<JetStreamDelivery>();
  #queue: JetStreamDelivery[] = [];
  #fetches: Fetch[] = [];
  #isHeld = false;

  constructor(onTaken: (max: number) => void) {
    this.#onTaken = onTaken;
  }

  /** Delivered, and not fetched yet. */
  get waiting(): readonly JetStreamDelivery[] {
    return this.#queue;
  }

  /** What the fetch that waits longest asks for. */
  get wanted(): number | undefined {
    return this.#fetches[0]?.max;
  }

  /** Where an ack wait was over before anybody took the message, the answer to the later delivery counts. */
  add(delivery: JetStreamDelivery): void {
    if (delivery.attempt > 1) this.#queue = this.#queue.filter(({ seq }) => seq !== delivery.seq);
    this.#queue.push(delivery);
    this.#serve();
  }

  /** At least one; waits until there is one. Empty where the signal aborts, or after `end`. */
  async fetch(max: number, signal: AbortSignal | undefined): Promise<readonly Delivery[]> {
    if (this.#queue.length > 0 && this.#fetches.length === 0 && !this.#isHeld) return this.#take(max);
    const { promise, resolve } = Promise.withResolvers<readonly Delivery[]>();
    const fetch = { max, resolve };
    const giveUp = (): void => this.#giveUp(fetch);
    this.#fetches.push(fetch);
    signal?.addEventListener('abort', giveUp, { once: true });
    const deliveries = await promise;
    signal?.removeEventListener('abort', giveUp);
    return deliveries;
  }

  answered(delivery: JetStreamDelivery): void {
    this.#hands.delete(delivery);
  }

  /** The answer to one was for all before it. */
  answeredThrough({ seq }: JetStreamDelivery): void {
    for (const each of this.#hands) {
      if (each.seq > seq) continue;
      each.void();
      this.#hands.delete(each);
    }
  }

  /** Takes everything back: what the reader still answers has no effect. */
  empty(): readonly JetStreamDelivery[] {
    const all = [...this.#hands, ...this.#queue];
    for (const delivery of all) delivery.void();
    this.#hands.clear();
    this.#queue = [];
    return all;
  }

  /** Nothing is given out until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#serve();
  }

  /** Whoever waits gets nothing. */
  end(): void {
    for (const fetch of this.#fetches.splice(0)) fetch.resolve([]);
  }

  #giveUp(fetch: Fetch): void {
    this.#fetches = this.#fetches.filter((other) => other !== fetch);
    fetch.resolve([]);
  }

  #serve(): void {
    while (this.#queue.length > 0 && !this.#isHeld) {
      const fetch = this.#fetches.shift();
      if (fetch === undefined) return;
      fetch.resolve(this.#take(fetch.max));
    }
  }

  #take(max: number): readonly Delivery[] {
    const taken = this.#queue.splice(0, Math.max(max, 1));
    for (const delivery of taken) this.#hands.add(delivery);
    this.#onTaken(max);
    return taken;
  }
}
