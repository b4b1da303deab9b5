/** A thread that uses the store: its port, and the replies that go over with the next commit. */
import type { MessagePort } from 'node:worker_threads';
import { transferOf } from './packing.ts';
import type { Reply } from './protocol.ts';
import type { Attachment } from './desk.ts';

export class Client {
  /** Its open consumers, by the number that it gave them. */
  readonly attachments = new Map<number, Attachment>();
  readonly #port: MessagePort;
  #replies: Reply[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
  }

  reply(reply: Reply): void {
    this.#replies.push(reply);
  }

  /** All replies in one message. */
  send(): void {
    if (this.#replies.length === 0) return;
    const rows = this.#replies.flatMap((reply) => ('rows' in reply ? transferOf(reply.rows) : []));
    this.#port.postMessage(this.#replies, rows);
    this.#replies = [];
  }

  close(): void {
    this.#port.close();
  }
}
