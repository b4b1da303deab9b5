/** One open connection to the server: sends in the bytes that we made ourselves, and knows whose each reply is. */
import { createInbox, headers } from 'nats';
import type { JetStreamManager, Msg, MsgHdrs, NatsConnection } from 'nats';

/** Called with the reply. */
export type Hear = (reply: Msg) => void;

/** Headers and the JSON around a message, beside the body; a message may not be larger than the server's limit. */
const DEFAULT_MAX_PAYLOAD = 1024 * 1024;

export class Wire {
  readonly connection: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly #inbox = `${createInbox()}.`;
  readonly #waiting = new Map<string, Hear>();
  readonly #carrier = new Carrier();
  #lastToken = 0;

  constructor(connection: NatsConnection, jsm: JetStreamManager) {
    this.connection = connection;
    this.jsm = jsm;
    connection.subscribe(`${this.#inbox}*`, { callback: (error, message) => this.#hear(error, message) });
  }

  /** The most bytes that headers and body may have together. */
  get maxPayload(): number {
    return this.connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD;
  }

  /** A subject for one reply, which is heard once. */
  expect(hear: Hear): string {
    const token = (++this.#lastToken).toString(36);
    this.#waiting.set(token, hear);
    return this.#inbox + token;
  }

  /** Nobody waits for that reply any more. */
  forget(subject: string): void {
    this.#waiting.delete(subject.slice(this.#inbox.length));
  }

  send(subject: string, payload: Uint8Array, reply = '', headerBytes?: Uint8Array): void {
    if (this.connection.isClosed()) return;
    if (headerBytes === undefined) this.connection.publish(subject, payload, { reply });
    else this.connection.publish(subject, payload, { reply, headers: this.#carrier.of(headerBytes) });
  }

  #hear(error: Error | null, message: Msg): void {
    if (error !== null) return;
    const token = message.subject.slice(this.#inbox.length);
    const hear = this.#waiting.get(token);
    this.#waiting.delete(token);
    hear?.(message);
  }
}

/** Hands bytes to the client as headers: it asks for them while it publishes, and does not look at them. */
class Carrier {
  readonly #headers: MsgHdrs;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor() {
    this.#headers = Object.assign(headers(), { encode: () => this.#bytes });
  }

  of(bytes: Uint8Array): MsgHdrs {
    this.#bytes = bytes;
    return this.#headers;
  }
}
