/** One delivery of a message, with the subject on which the server awaits the answer. */
import type { Msg } from 'nats';
import type { Headers } from '../../messages/envelope.ts';
import type { Delivery } from '../message-bus.ts';
import type { Seal } from './seal.ts';
import { headersOf } from './wire-headers.ts';
import type { ReadHeaders } from './wire-headers.ts';

/** Who takes the answers. */
export interface Answering {
  ack(delivery: JetStreamDelivery): void;
  nak(delivery: JetStreamDelivery, delayMs: number): void;
  inProgress(delivery: JetStreamDelivery): void;
  forward(delivery: JetStreamDelivery, subject: string, headers: Headers, duplicateKey: string): void;
}

export class JetStreamDelivery implements Delivery {
  readonly seq: number;
  /** The position among this consumer's deliveries, from 1. */
  readonly ordinal: number;
  readonly subject: string;
  readonly storedAt: number;
  readonly attempt: number;
  readonly body: Uint8Array;
  /** Where the server awaits the answer. */
  readonly reply: string;
  readonly #message: Msg;
  readonly #seal: Seal | undefined;
  #read: ReadHeaders | undefined;
  /** Undefined once it is answered: a later answer has no effect. */
  #answering: Answering | undefined;

  /** `seal`: of a message that any client may have published. */
  constructor(message: Msg, subject: string, answering: Answering, seal?: Seal) {
    const { reply = '' } = message;
    const [attempt = '', seq = '', ordinal = '', nanos = ''] = factsOf(reply);
    this.seq = Number(seq);
    this.ordinal = Number(ordinal);
    this.attempt = Number(attempt);
    this.storedAt = Number(nanos.slice(0, -6));
    this.subject = subject;
    this.body = message.data;
    this.reply = reply;
    this.#message = message;
    this.#seal = seal;
    this.#answering = answering;
  }

  get headers(): Headers {
    return this.#whole().headers;
  }

  get size(): number {
    return this.#whole().size ?? this.body.byteLength;
  }

  ack(): void {
    this.#end()?.ack(this);
  }

  nak(delayMs = 0): void {
    this.#end()?.nak(this, delayMs);
  }

  inProgress(): void {
    this.#answering?.inProgress(this);
  }

  forward(subject: string, headers: Headers, duplicateKey: string): void {
    this.#end()?.forward(this, subject, headers, duplicateKey);
  }

  /** From now on the answers go nowhere: it comes again. */
  void(): void {
    this.#answering = undefined;
  }

  #whole(): ReadHeaders {
    return (this.#read ??= this.#believed(headersOf(this.#message)));
  }

  #believed(read: ReadHeaders): ReadHeaders {
    return this.#seal === undefined ? read : { ...read, headers: this.#seal.take(read.headers) };
  }

  #end(): Answering | undefined {
    const answering = this.#answering;
    this.#answering = undefined;
    return answering;
  }
}

const ACK = '$JS.ACK.';
/** `$JS.ACK.<stream>.<consumer>.` and then the facts; with a domain there are two tokens more before them (ADR-15). */
const TOKENS = 9;

export function isDelivery(message: Msg): boolean {
  return message.reply?.startsWith(ACK) === true;
}

/** Delivered how often, position in the stream, position in the consumer, stored when (nanoseconds), pending. */
function factsOf(reply: string): readonly string[] {
  const tokens = reply.split('.');
  return tokens.slice(tokens.length > TOKENS ? 6 : 4);
}
