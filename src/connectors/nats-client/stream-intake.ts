/** Messages of a JetStream stream, by a durable pull consumer: each is acknowledged once it is stored, and only then. */
import type { Msg, NatsConnection } from 'nats';
import type { HealthosError } from '../../errors.ts';
import { Acks } from './acks.ts';
import { aboutMessage } from './arrival.ts';
import type { DurableConsumer } from './consumer.ts';
import { Hold } from './intake.ts';
import type { Held, HoldOptions, Intake } from './intake.ts';
import { Puller } from './pull.ts';

export interface StreamIntakeOptions extends Pick<HoldOptions<Held>, 'deliver' | 'objects'> {
  readonly connection: NatsConnection;
  readonly consumer: DurableConsumer;
  readonly inboxPrefix?: string | undefined;
  /** By the rate limit; undefined where there is none. */
  readonly perSecond?: number | undefined;
  /** Ends the run: with a message's fault (it was given back), or with one of the connection. */
  readonly fail: (thrown: unknown) => void;
}

interface Taken extends Held {
  readonly sequence: number;
  /** Until when the server waits for an answer before it gives the message again; as `performance.now`. */
  waitsUntil: number;
}

/**
 * So many messages are held at once, or as many as the rate limit lets through in a second, and so many bytes; more is asked
 * for when half of either is free.
 */
const MOST = 1_024;
const MOST_BYTES = 32 * 1024 * 1024;
/** The largest message of a server with its usual settings, and a margin for its subject and headers. */
const ONE_MESSAGE = 1024 * 1024;

export class StreamIntake implements Intake {
  readonly #options: StreamIntakeOptions;
  readonly #hold: Hold<Taken>;
  readonly #acks: Acks<Taken>;
  readonly #bySequence = new Map<number, Taken>();
  readonly #most: number;
  readonly #mostBytes: number;
  #puller: Puller | undefined;

  constructor(options: StreamIntakeOptions) {
    const { deliver, objects, connection, perSecond = MOST } = options;
    this.#options = options;
    this.#most = Math.max(1, Math.min(MOST, Math.floor(perSecond)));
    this.#mostBytes = Math.max(MOST_BYTES, 4 * (connection.info?.max_payload ?? ONE_MESSAGE));
    this.#acks = new Acks({
      connection,
      settled: (taken) => this.#release(taken),
      unconfirmed: (thrown) => this.#unconfirmed(thrown),
    });
    this.#hold = new Hold({
      deliver,
      objects,
      stored: (taken) => this.#acks.acknowledge(taken),
      refused: (taken, error) => this.#refused(taken, error),
    });
  }

  open(): void {
    if (this.#puller) return;
    const { connection, consumer, inboxPrefix, fail } = this.#options;
    const puller: Puller = new Puller({
      connection,
      stream: consumer.stream,
      durable: consumer.name,
      inboxPrefix,
      room: () => this.#room(),
      // What a shut one still hears was on its way: another may have it at once.
      onMessage: (message) => (this.#puller === puller ? this.#take(message) : giveBack(message)),
      onTick: () => this.#keepWaiting(),
      check: () => consumer.check(),
      fail,
    });
    this.#puller = puller;
    puller.pull();
  }

  async shut(): Promise<void> {
    const puller = this.#puller;
    this.#puller = undefined;
    await puller?.stop();
    await this.#hold.idle();
    await this.#options.connection.flush();
  }

  #room(): { messages: number; bytes: number } {
    const { maxBatch } = this.#options.consumer;
    const [count, bytes] = [this.#hold.count, this.#hold.bytes];
    if (count > this.#most / 2 || bytes > this.#mostBytes / 2) return { messages: 0, bytes: 0 };
    return { messages: Math.min(this.#most - count, maxBatch), bytes: this.#mostBytes - bytes };
  }

  #take(message: Msg): void {
    const { stream, created, ackWaitMs } = this.#options.consumer;
    const sequence = sequenceOf(message.reply);
    // Given again while it is held: one answer serves both.
    if (this.#bySequence.has(sequence)) return;
    const about = aboutMessage(message, { stream, created, sequence });
    const taken = { message, about, sequence, waitsUntil: performance.now() + ackWaitMs };
    this.#bySequence.set(sequence, taken);
    this.#hold.take(taken);
  }

  #refused(taken: Taken, error: HealthosError): void {
    // It came before and was dealt with so long ago that the first one is no longer kept.
    if (error.code === 'message/body-gone') {
      this.#acks.acknowledge(taken);
      return;
    }
    const fails = error.code !== 'connector/not-consuming';
    // First we stop to listen: what is given back would come to us again at once.
    if (fails) void this.#puller?.stop();
    giveBack(taken.message);
    this.#release(taken);
    if (fails) this.#options.fail(error);
  }

  /** Where the consumer is gone, that is the reason. */
  async #unconfirmed(thrown: unknown): Promise<void> {
    const { consumer, fail } = this.#options;
    await consumer.check().then(() => fail(thrown), fail);
  }

  #release(taken: Taken): void {
    this.#bySequence.delete(taken.sequence);
    this.#hold.release(taken);
    this.#puller?.pull();
  }

  /** What is held for long is still being worked on: the ack wait begins anew. */
  #keepWaiting(): void {
    const now = performance.now();
    const { ackWaitMs } = this.#options.consumer;
    for (const taken of this.#hold.values()) {
      if (taken.waitsUntil - now > ackWaitMs / 2) continue;
      taken.message.respond(IN_PROGRESS);
      taken.waitsUntil = now + ackWaitMs;
    }
  }
}

const text = new TextEncoder();
const NAK = text.encode('-NAK');
const IN_PROGRESS = text.encode('+WPI');

function giveBack(message: Msg): void {
  message.respond(NAK);
}

/**
 * From `$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.…`, or, with the domain and a hash of the account before the
 * stream, of a newer server.
 */
export function sequenceOf(reply: string | undefined): number {
  const tokens = reply?.split('.') ?? [];
  return Number(tokens[tokens.length === 9 ? 5 : 7]);
}
