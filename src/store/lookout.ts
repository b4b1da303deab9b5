/** Looks at the bus now and then: how far behind it the journal is, and what it no longer keeps. */
import { setImmediate } from 'node:timers/promises';
import type { BusStatus, MessageBus } from '../bus/message-bus.ts';
import { JOURNAL } from './follow.ts';
import type { Projection } from './projection.ts';

/** With more than this before it, the journal is rebuilding. */
const FAR_BEHIND = 10_000;
const LOOK_MS = 1000;

export class Lookout {
  state: 'rebuilding' | 'following' = 'rebuilding';
  readonly #bus: MessageBus;
  readonly #projection: Projection;
  readonly #onFollowing: () => void;
  readonly #signal: AbortSignal;

  constructor(bus: MessageBus, projection: Projection, onFollowing: () => void, signal: AbortSignal) {
    this.#bus = bus;
    this.#projection = projection;
    this.#onFollowing = onFollowing;
    this.#signal = signal;
  }

  /** Looks at once, and then every second until the signal aborts. */
  async begin(): Promise<void> {
    await this.#look();
    this.#lookLater();
  }

  #lookLater(): void {
    if (this.#signal.aborted) return;
    setTimeout(() => {
      // A bus or a disk that fails now is tried again; who follows the bus finds out by itself.
      void this.#look()
        .catch(() => undefined)
        .finally(() => this.#lookLater());
    }, LOOK_MS).unref();
  }

  async #look(): Promise<void> {
    const status = await this.#bus.status();
    this.#judge(status);
    await this.#prune(status.firstSeq);
  }

  #judge(status: BusStatus): void {
    const pending = status.consumers.find(({ name }) => name === JOURNAL)?.pending ?? 0;
    if (pending > FAR_BEHIND) this.state = 'rebuilding';
    else if (this.state === 'rebuilding') {
      this.state = 'following';
      this.#onFollowing();
    }
  }

  async #prune(firstSeq: number): Promise<void> {
    while (!this.#signal.aborted && this.#projection.prune(firstSeq)) await setImmediate();
  }
}
