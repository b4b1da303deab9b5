/**
 * Acknowledgements that the server confirms, one question for many: it takes those of a connection in their order, so that
 * the answer to the last speaks for all before it. What is stored meanwhile goes with the next question.
 */
import type { Msg, NatsConnection } from 'nats';

export interface AcksOptions<T> {
  readonly connection: NatsConnection;
  /** The server has it, or did not say so in time; no more follows for it. */
  readonly settled: (taken: T) => void;
  /** Called, before `settled`, where there was no answer; settles when the reason was told. */
  readonly unconfirmed: (thrown: unknown) => Promise<void>;
}

const LIMIT_MS = 5_000;
const ACK = new TextEncoder().encode('+ACK');

export class Acks<T extends { readonly message: Msg }> {
  readonly #options: AcksOptions<T>;
  #waiting: T[] = [];
  #asking = false;

  constructor(options: AcksOptions<T>) {
    this.#options = options;
  }

  acknowledge(taken: T): void {
    this.#waiting.push(taken);
    if (!this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    // What is stored in the same turn goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#confirm(batch).catch((thrown: unknown) => this.#options.unconfirmed(thrown));
      for (const taken of batch) this.#options.settled(taken);
    }
    this.#asking = false;
  }

  async #confirm(batch: readonly T[]): Promise<void> {
    const last = batch.at(-1)?.message.reply ?? '';
    for (const { message } of batch.slice(0, -1)) message.respond(ACK);
    await this.#options.connection.request(last, ACK, { timeout: LIMIT_MS });
  }
}
