/** Publishes to the stream: any number in flight, each answered as its own answer comes. */
import type { Msg } from 'nats';
import { HealthosError } from '../../errors.ts';
import type { Stored } from '../message-bus.ts';
import type { Wire } from './wire.ts';

/** What a failed publish says of the stream; whoever hears it looks after it. */
export type Trouble = 'no-responders' | 'timeout' | 'full';

interface Waiter {
  readonly resolve: (stored: Stored) => void;
  readonly reject: (error: HealthosError) => void;
  readonly sentAt: number;
}

/** The server's numbers for a stream or a disk that takes no more. */
const NO_ROOM = new Set([10023, 10028, 10047, 10077, 10122]);
const RETRY_AFTER_S = 1;
const FULL_RETRY_AFTER_S = 5;

export class Publisher {
  readonly #timeoutMs: number;
  readonly #onTrouble: (trouble: Trouble, error: HealthosError) => void;
  /** In the order of sending, which is also that of their deadlines; by the subject of the reply. */
  readonly #waiting = new Map<string, Waiter>();
  #wire: Wire | undefined;
  #timer: NodeJS.Timeout | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(timeoutMs: number, onTrouble: (trouble: Trouble, error: HealthosError) => void) {
    this.#timeoutMs = timeoutMs;
    this.#onTrouble = onTrouble;
  }

  attach(wire: Wire): void {
    this.#wire = wire;
  }

  /** The connection is gone: what is in flight may be stored or not. */
  detach(error: HealthosError): void {
    this.#wire = undefined;
    for (const reply of [...this.#waiting.keys()]) this.#take(reply)?.reject(error);
  }

  /** The most bytes of headers and body; undefined while there is no connection. */
  get maxPayload(): number | undefined {
    return this.#wire?.maxPayload;
  }

  publish(subject: string, headers: Uint8Array, body: Uint8Array): Promise<Stored> {
    const wire = this.#wire;
    if (wire === undefined) return Promise.reject(unavailable('The bus is not connected.'));
    const size = headers.byteLength + body.byteLength;
    if (size > wire.maxPayload) return Promise.reject(tooLarge(size, wire.maxPayload));
    return new Promise((resolve, reject) => {
      const reply = wire.expect((answer) => this.#answered(reply, answer));
      this.#waiting.set(reply, { resolve, reject, sentAt: performance.now() });
      wire.send(subject, body, reply, headers);
      if (this.#timer === undefined) this.#startTimer(this.#timeoutMs);
    });
  }

  /** Resolves when everything published so far is answered. */
  async idle(): Promise<void> {
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #answered(reply: string, answer: Msg): void {
    const waiter = this.#take(reply);
    if (waiter === undefined) return;
    if (answer.data.byteLength === 0) this.#refuse(waiter, 'no-responders', leaderless());
    else this.#read(waiter, answer);
  }

  #read(waiter: Waiter, answer: Msg): void {
    const { seq, duplicate, error } = answer.json<PubAck>();
    if (error === undefined) waiter.resolve({ seq, duplicate: duplicate === true });
    else if (NO_ROOM.has(error.err_code)) this.#refuse(waiter, 'full', full(error.description));
    else this.#refuse(waiter, 'no-responders', refused(error));
  }

  #refuse(waiter: Waiter, trouble: Trouble, error: HealthosError): void {
    waiter.reject(error);
    this.#onTrouble(trouble, error);
  }

  #take(reply: string): Waiter | undefined {
    const waiter = this.#waiting.get(reply);
    this.#waiting.delete(reply);
    if (this.#waiting.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    return waiter;
  }

  #startTimer(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), ms);
    this.#timer.unref();
  }

  /** One timer for all: it is set for the oldest, and runs on where that is answered, since setting it costs. */
  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [reply, { sentAt }] of this.#waiting) {
      const left = sentAt + this.#timeoutMs - now;
      if (left > 1) {
        this.#startTimer(left);
        return;
      }
      this.#wire?.forget(reply);
      const waiter = this.#take(reply);
      if (waiter !== undefined) this.#refuse(waiter, 'timeout', late(this.#timeoutMs));
    }
  }
}

interface PubAck {
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: ApiError;
}

interface ApiError {
  readonly err_code: number;
  readonly description: string;
}

export function unavailable(message: string, cause?: unknown): HealthosError {
  return new HealthosError('bus/unavailable', message, { cause, retryAfter: RETRY_AFTER_S });
}

function leaderless(): HealthosError {
  return unavailable(
    'No NATS server answers for the stream now: it may be electing a leader, or the stream is gone.',
  );
}

function refused({ err_code: number, description }: ApiError): HealthosError {
  return unavailable(`The NATS server did not store the message: ${description} (${number}).`);
}

function full(description: string): HealthosError {
  const message = `The stream has no room: ${description}. Let the consumers catch up, or raise app.messaging.retention.max_bytes and the stream's max_bytes.`;
  return new HealthosError('bus/full', message, { retryAfter: FULL_RETRY_AFTER_S });
}

function late(timeoutMs: number): HealthosError {
  const message = `The NATS server did not say within ${timeoutMs / 1000} seconds that the message is stored (app.messaging.publish_timeout_s); its disk may be slow or hang.`;
  return new HealthosError('bus/timeout', message, { retryAfter: RETRY_AFTER_S });
}

function tooLarge(size: number, limit: number): HealthosError {
  const message = `The message has ${size} bytes with its headers, and the NATS server takes ${limit} in one: raise max_payload in its configuration.`;
  return new HealthosError('request/too-large', message);
}
