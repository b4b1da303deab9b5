/**
 * Publishes what a consumer forwards, in the order in which it was given. Most are sent at once; where one needs time to
 * be made ready, those after it wait.
 */
import type { Headers } from '../../messages/envelope.ts';
import { header } from '../../messages/envelope.ts';
import type { Stored } from '../message-bus.ts';
import type { JetStreamDelivery } from './delivery.ts';
import { encodeHeaders } from './wire-headers.ts';

/** What forwarding needs of the bus. */
export interface ForwardingHost {
  /** Publishes also while the bus is full: what came in must find its way out. */
  publishEncoded(subject: string, headers: Uint8Array, body: Uint8Array): Promise<Stored>;
  /** The body of a message of which only the headers came. */
  bodyOf(seq: number): Promise<Uint8Array>;
  /** Keeps an object for as long as a message that is published now; undefined where it is young enough anyway. */
  keepObject(ref: string): Promise<void> | undefined;
  putObject(
    body: Uint8Array,
  ): Promise<{ readonly ref: string; readonly size: number; readonly sha256: string }>;
  readonly maxPayload: number;
}

interface Draft {
  readonly headers: Uint8Array;
  readonly body: Uint8Array;
}

const noBytes = new Uint8Array(0);

export class Forwarder {
  readonly #host: ForwardingHost;
  readonly #headersOnly: boolean;
  /** The sending of the last one, while it waits to be made ready. */
  #tail: Promise<void> | undefined;
  #last: Promise<unknown> | undefined;

  constructor(host: ForwardingHost, headersOnly: boolean) {
    this.#host = host;
    this.#headersOnly = headersOnly;
  }

  forward(delivery: JetStreamDelivery, subject: string, headers: Headers, key: string): Promise<Stored> {
    const draft = this.#draft(delivery, headers, key);
    if (this.#tail === undefined && !(draft instanceof Promise)) return this.#send(subject, draft);
    const sent = this.#sendInTurn(this.#tail, subject, draft);
    this.#last = sent;
    this.#tail = sent.then(
      () => this.#ended(sent),
      () => this.#ended(sent),
    );
    return sent.then(({ stored }) => stored);
  }

  #ended(sent: Promise<unknown>): void {
    if (this.#last === sent) this.#tail = undefined;
  }

  /** Resolves when it is sent, so that the next one may follow; `stored` says what became of it. */
  async #sendInTurn(
    before: Promise<void> | undefined,
    subject: string,
    draft: Draft | Promise<Draft>,
  ): Promise<{ readonly stored: Promise<Stored> }> {
    const [ready] = await Promise.all([draft, before]);
    return { stored: this.#send(subject, ready) };
  }

  #send(subject: string, { headers, body }: Draft): Promise<Stored> {
    return this.#host.publishEncoded(subject, headers, body);
  }

  #draft(delivery: JetStreamDelivery, headers: Headers, key: string): Draft | Promise<Draft> {
    const ref = headers[header.bodyRef];
    const kept = ref === undefined ? undefined : this.#host.keepObject(ref);
    const encoded = encodeHeaders(headers, key);
    const size = encoded.byteLength + delivery.body.byteLength;
    const fits = size <= this.#host.maxPayload;
    if (fits && kept === undefined && !this.#headersOnly) return { headers: encoded, body: delivery.body };
    return this.#makeReady(delivery, headers, key, kept);
  }

  async #makeReady(
    delivery: JetStreamDelivery,
    headers: Headers,
    key: string,
    kept: Promise<void> | undefined,
  ): Promise<Draft> {
    await kept;
    const body = this.#headersOnly ? await this.#host.bodyOf(delivery.seq) : delivery.body;
    const encoded = encodeHeaders(headers, key);
    if (encoded.byteLength + body.byteLength <= this.#host.maxPayload) return { headers: encoded, body };
    return this.#claim(headers, key, body);
  }

  /** With what was added it is larger than the server takes in one message: the body goes by claim check. */
  async #claim(headers: Headers, key: string, body: Uint8Array): Promise<Draft> {
    const small = within(headers, this.#host.maxPayload / 2);
    if (body.byteLength === 0) return { headers: encodeHeaders(small, key), body };
    const { ref, size, sha256 } = await this.#host.putObject(body);
    const claimed = {
      ...small,
      [header.bodyRef]: ref,
      [header.bodySize]: String(size),
      [header.bodySha256]: sha256,
    };
    return { headers: encodeHeaders(claimed, key), body: noBytes };
  }
}

/** The smallest headers first, as many as there is room for: whoever sent a megabyte of them loses the largest. */
function within(headers: Headers, limit: number): Headers {
  let left = limit;
  const bySize = Object.entries(headers).toSorted(([, a], [, b]) => a.length - b.length);
  return Object.fromEntries(bySize.filter(([name, value]) => (left -= 3 * (name.length + value.length)) > 0));
}
