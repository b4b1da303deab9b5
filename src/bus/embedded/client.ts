/** A thread that uses the store: its port and its lanes, and the replies that go over with the next commit. */
import { receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Attachment } from './desk.ts';
import { Lane } from './lane.ts';
import { transferOf } from './packing.ts';
import type { Slabs } from './slabs.ts';
import type { Bell, PublishText, Reply, Request, StoreLink } from './protocol.ts';

export class Client {
  /** Its open consumers, by the number that it gave them. */
  readonly attachments = new Map<number, Attachment>();
  readonly #port: MessagePort;
  readonly #published: Lane;
  readonly #stored: Lane;
  readonly #take: (request: Request) => void;
  readonly #slabs: Slabs;
  #replies: Reply[] = [];
  #nextBatch = 1;

  /** Calls back with each request, publishes in the order in which they were sent. */
  constructor({ port, lanes }: StoreLink, slabs: Slabs, take: (request: Request) => void) {
    this.#port = port;
    this.#published = new Lane(lanes.published);
    this.#stored = new Lane(lanes.stored);
    this.#slabs = slabs;
    this.#take = take;
    port.on('message', (request: Request | Bell) => this.#takeFromPort(request));
  }

  reply(reply: Reply): void {
    this.#replies.push(reply);
  }

  /** All replies at once. */
  send(): void {
    if (this.#replies.length === 0) return;
    const byPort = this.#replies.filter((reply) => !this.#sendByLane(reply));
    this.#replies = [];
    const rows = byPort.flatMap((reply) => ('rows' in reply ? transferOf(reply.rows) : []));
    if (byPort.length > 0 || !this.#stored.isWatched) this.#port.postMessage(byPort, rows);
  }

  #sendByLane(reply: Reply): boolean {
    return reply.type === 'stored' && this.#stored.write(JSON.stringify(reply));
  }

  /** While it is watched, what comes needs no bell: it is polled for. */
  watch(isWatched: boolean): void {
    this.#published.watch(isWatched);
    if (!isWatched) this.#takeFromLane();
  }

  /** Is there something in the lane? */
  get hasPublished(): boolean {
    return !this.#published.isEmpty;
  }

  /** Takes what has arrived and was not announced yet. */
  poll(): void {
    this.#takeFromLane();
    for (let found = this.#receive(); found !== undefined; found = this.#receive()) this.#takeFromPort(found);
  }

  #receive(): Request | Bell | undefined {
    const found = receiveMessageOnPort(this.#port) as { message: Request | Bell } | undefined;
    return found?.message;
  }

  /** The batches before one that comes by the port are all in the lane by now, those after it may be. */
  #takeFromPort(request: Request | Bell): void {
    this.#takeFromLane();
    if (request.type === 'bell') return;
    this.#take(request);
    if (request.type !== 'publish') return;
    this.#nextBatch += 1;
    this.#takeFromLane();
  }

  #takeFromLane(): void {
    for (let entry = this.#published.peek(); entry !== undefined; entry = this.#published.peek()) {
      // Written by the other end of this lane.
      const { batch, ...packed } = JSON.parse(entry.text) as PublishText;
      if (batch !== this.#nextBatch) return;
      const messages = { ...packed, bytes: this.#slabs.copy(entry.bytes) };
      this.#published.next();
      this.#nextBatch += 1;
      this.#take({ type: 'publish', batch, messages });
    }
  }

  close(): void {
    this.#port.close();
  }
}
