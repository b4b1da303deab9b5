/** Asks the server for a consumer's messages, and knows how many may still come. */
import type { Msg, Subscription } from 'nats';
import { createInbox, nanos } from 'nats';
import { isDelivery } from './delivery.ts';
import type { Wire } from './wire.ts';

/** How long the server keeps a request that it cannot fill. */
const EXPIRES_MS = 30_000;
/** While it keeps one it says so, this often. */
const HEARTBEAT_MS = 2_000;
/** After so long without a word what was asked for is asked for anew. */
export const SILENCE_MS = 2.5 * HEARTBEAT_MS;

const HEARTBEAT = 100;
const EXPIRED = 408;

export interface PullsOptions {
  readonly wire: Wire;
  readonly stream: string;
  /** The name at the server. */
  readonly consumer: string;
  readonly onMessage: (message: Msg) => void;
  /** Nothing more comes of what was asked for; whoever waits asks again. */
  readonly onExpired: () => void;
  /** The server gave up what was asked for: the consumer is gone, or its leader. */
  readonly onLost: () => void;
}

export class Pulls {
  readonly #options: PullsOptions;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #subject: string;
  #heardAt = performance.now();
  /** How many messages may still come. */
  #credit = 0;

  constructor(options: PullsOptions) {
    this.#options = options;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    const { connection } = options.wire;
    this.#subscription = connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#hear(message);
      },
    });
  }

  get credit(): number {
    return this.#credit;
  }

  /** True where the server should have said something and did not. */
  isSilent(now: number): boolean {
    return this.#credit > 0 && now - this.#heardAt > SILENCE_MS;
  }

  ask(count: number): void {
    if (this.#credit === 0) this.#heardAt = performance.now();
    this.#credit += count;
    const request = { batch: count, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    this.#options.wire.send(this.#subject, Buffer.from(JSON.stringify(request)), this.#inbox);
  }

  /** Nothing more is delivered; resolves when what was on its way has come. */
  async close(): Promise<void> {
    if (this.#options.wire.connection.isClosed() || this.#subscription.isClosed()) return;
    await this.#subscription.drain();
  }

  /** At once: what is on its way is lost, and comes again. */
  drop(): void {
    this.#subscription.unsubscribe();
  }

  #hear(message: Msg): void {
    this.#heardAt = performance.now();
    if (isDelivery(message)) {
      this.#credit = Math.max(0, this.#credit - 1);
      this.#options.onMessage(message);
      return;
    }
    const code = message.headers?.code ?? 0;
    if (code !== HEARTBEAT) this.#ended(code, message);
  }

  #ended(code: number, { headers }: Msg): void {
    const unfilled = Number(headers?.get('Nats-Pending-Messages'));
    this.#credit = Number.isNaN(unfilled) || unfilled === 0 ? 0 : Math.max(0, this.#credit - unfilled);
    if (code === EXPIRED) this.#options.onExpired();
    else this.#options.onLost();
  }
}
