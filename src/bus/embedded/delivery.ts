/** One delivery. Its headers are parsed when they are first asked for; its body is a view on the batch's buffer. */
import type { Headers } from '../../messages/envelope.ts';
import type { Delivery } from '../message-bus.ts';
import { parseHeaders } from './packing.ts';
import type { RowToPack } from './packing.ts';

/** Where the answers to a delivery go. */
export interface Answering {
  ack(seq: number): void;
  nak(seq: number, attempt: number, delayMs: number): void;
  inProgress(seq: number, attempt: number): void;
  /** `original` are the headers with which it was delivered. */
  forward(seq: number, subject: string, headers: Headers, original: Headers, duplicateKey: string): void;
}

export class EmbeddedDelivery implements Delivery {
  readonly seq: number;
  readonly subject: string;
  readonly storedAt: number;
  readonly attempt: number;
  readonly body: Uint8Array;
  readonly size: number;
  readonly #headerBytes: Uint8Array;
  #headers: Headers | undefined;
  /** Undefined once it is answered: a later answer has no effect. */
  #answering: Answering | undefined;

  constructor(row: RowToPack, answering: Answering) {
    this.seq = row.seq;
    this.subject = row.subject;
    this.storedAt = row.storedAt;
    this.attempt = row.attempt;
    this.body = row.body;
    this.size = row.size;
    this.#headerBytes = row.headers;
    this.#answering = answering;
  }

  get headers(): Headers {
    return (this.#headers ??= parseHeaders(this.#headerBytes));
  }

  ack(): void {
    this.#end()?.ack(this.seq);
  }

  nak(delayMs = 0): void {
    this.#end()?.nak(this.seq, this.attempt, delayMs);
  }

  inProgress(): void {
    this.#answering?.inProgress(this.seq, this.attempt);
  }

  forward(subject: string, headers: Headers, duplicateKey: string): void {
    this.#end()?.forward(this.seq, subject, headers, this.headers, duplicateKey);
  }

  #end(): Answering | undefined {
    const answering = this.#answering;
    this.#answering = undefined;
    return answering;
  }
}
