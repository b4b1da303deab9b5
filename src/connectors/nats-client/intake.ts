/** The way of messages from a connection to `deliver`: what core subjects and JetStream have in common. */
import type { Msg } from 'nats';
import type { ObjectStore } from '../../bus/message-bus.ts';
import { asHealthosError } from '../../errors.ts';
import type { HealthosError } from '../../errors.ts';
import { bodyOf } from '../../messages/claim-check.ts';
import { CLAIM_CHECK_BYTES } from '../../messages/envelope.ts';
import type { Arrival, Body, Deliver, Receipt } from '../../messages/envelope.ts';
import { Lanes } from '../lanes.ts';

/** Takes messages in while it is open. `open` and `shut` may follow each other any number of times. */
export interface Intake {
  open(): void;
  /** Takes nothing more in. Resolves when what was taken is answered. */
  shut(): Promise<void>;
}

/** A message from its coming until it is answered. */
export interface Held {
  readonly message: Msg;
  readonly about: Omit<Arrival, 'body'>;
}

export interface HoldOptions<T extends Held> {
  readonly deliver: Deliver;
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly stored: (held: T, receipt: Receipt) => void;
  readonly refused: (held: T, error: HealthosError) => void;
}

/** Delivers what is held, in the order of its coming within each subject, many at once. */
export class Hold<T extends Held> {
  readonly #options: HoldOptions<T>;
  readonly #held = new Set<T>();
  readonly #lanes = new Lanes();
  readonly #idle = new Set<() => void>();
  #bytes = 0;

  constructor(options: HoldOptions<T>) {
    this.#options = options;
  }

  get count(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  values(): Iterable<T> {
    return this.#held;
  }

  /** One of `stored` and `refused` follows; the message is held until `release`. */
  take(held: T): void {
    const { data, subject } = held.message;
    this.#held.add(held);
    this.#bytes += data.byteLength;
    if (data.byteLength <= CLAIM_CHECK_BYTES) this.#lanes.run(subject, () => this.#deliver(held, data));
    else this.#takeLarge(held);
  }

  release(held: T): void {
    if (!this.#held.delete(held)) return;
    this.#bytes -= held.message.data.byteLength;
    if (this.#held.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** Resolves when nothing is held. */
  idle(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  #takeLarge(held: T): void {
    let body: Body | undefined;
    const put = async (): Promise<void> => {
      try {
        body = await bodyOf(held.message.data, this.#options.objects);
      } catch (thrown) {
        this.#options.refused(held, asHealthosError(thrown));
      }
    };
    this.#lanes.run(held.message.subject, () => body && this.#deliver(held, body), put);
  }

  #deliver(held: T, body: Body): void {
    void this.#options.deliver({ ...held.about, body }).then(
      (receipt) => this.#options.stored(held, receipt),
      (thrown: unknown) => this.#options.refused(held, asHealthosError(thrown)),
    );
  }
}
