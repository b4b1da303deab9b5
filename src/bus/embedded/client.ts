/** A thread that uses the store: its port, and the replies that go over with the next commit. */
import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { transferOf } from './packing.ts';
import type { Reply, Request } from './protocol.ts';
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

  /** A request that has arrived but was not announced yet. */
  poll(): Request | undefined {
    const found = receiveMessageOnPort(this.#port) as { message: Request } | undefined;
    return found?.message;
  }

  close(): void {
    this.#port.close();
  }
}
