/**
 * Where a durable consumer stands: pure state, no I/O.
 *
 * Up to the cursor every matching message was delivered at least once; those not yet acknowledged are *open*. So the ack
 * floor needs no list of acks: it lies just below the lowest open message, or at the cursor where none is open.
 */

/** A delivered message that is not yet acknowledged. */
export interface OpenMessage {
  readonly seq: number;
  readonly storedAt: number;
  /** The row that holds the body: its own, or the one from which it was forwarded. */
  readonly bodySeq: number;
  /** The bytes of the body. */
  readonly size: number;
  /** Which first delivery of this consumer it was, counted from 1; 0 where a restart forgot it. */
  readonly ordinal: number;
  attempts: number;
  /** The client that has it, or undefined while it waits to be delivered again. */
  holder: number | undefined;
  /** In milliseconds since the epoch: while waiting, when it may be delivered; while held, when its ack wait is over. */
  due: number;
}

/** What of a message is needed to deliver it. */
export type Deliverable = Pick<OpenMessage, 'seq' | 'storedAt' | 'bodySeq' | 'size'>;

export interface Limits {
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
  readonly maxDeliver: number;
  readonly ackPolicy: 'each' | 'all';
}

/** What of it is kept on disk. */
export interface Standing {
  readonly cursor: number;
  /** How many matching messages lay up to the cursor, ever: the others are the backlog. */
  readonly delivered: number;
  readonly floor: number;
  /** Position and attempts of each open message; null where they are all matching messages above the floor, once each. */
  readonly open: readonly (readonly [seq: number, attempts: number])[] | null;
}

export class ConsumerState {
  limits: Limits;
  cursor: number;
  delivered: number;
  /** True where what is on disk is older than this. */
  changed = false;
  /** Not before this time does a wait end; Infinity where there is none. */
  nextDue = Infinity;
  /** In order of position: a Map keeps the order in which keys came first. */
  readonly #open = new Map<number, OpenMessage>();
  #waiting = 0;
  #irregular = 0;

  constructor(limits: Limits, cursor: number, delivered: number) {
    this.limits = limits;
    this.cursor = cursor;
    this.delivered = delivered;
  }

  /** Takes up an open message of an earlier life, in order of position: it waits to be delivered again. */
  restore({ seq, storedAt, bodySeq, size }: Deliverable, ordinal: number, attempts: number): void {
    this.#open.set(seq, { seq, storedAt, bodySeq, size, ordinal, attempts, holder: undefined, due: 0 });
    this.#waiting += 1;
    if (attempts !== 1) this.#irregular += 1;
    this.nextDue = 0;
  }

  get openCount(): number {
    return this.#open.size;
  }

  get inFlight(): number {
    return this.#open.size - this.#waiting;
  }

  get oldestOpen(): OpenMessage | undefined {
    return this.#open.values().next().value;
  }

  get floor(): number {
    const oldest = this.oldestOpen;
    return oldest === undefined ? this.cursor : oldest.seq - 1;
  }

  /** How many more messages may be open. */
  get room(): number {
    return Math.max(0, this.limits.maxAckPending - this.#open.size);
  }

  standing(): Standing {
    const { cursor, delivered, floor } = this;
    const oldest = this.oldestOpen;
    const gapless = oldest === undefined || delivered - oldest.ordinal + 1 === this.#open.size;
    const regular = gapless && this.#irregular === 0;
    return { cursor, delivered, floor, open: regular ? null : this.#listOpen() };
  }

  #listOpen(): Standing['open'] {
    return [...this.#open.values()].map(({ seq, attempts }) => [seq, attempts] as const);
  }

  /** The positions after this one were taken back. */
  clamp(lastSeq: number): void {
    this.cursor = Math.min(this.cursor, lastSeq);
  }

  /** Nothing matches between the cursor and here. */
  skipTo(seq: number): void {
    if (seq > this.cursor) this.cursor = seq;
  }

  /** Another filter: as many matching messages lay up to the cursor. What is open stays open, each by itself. */
  recount(delivered: number): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const message of open) this.#open.set(message.seq, { ...message, ordinal: 0 });
    this.delivered = delivered;
    this.changed = true;
  }

  /** A first delivery: the message becomes open in the hands of the holder. */
  deliver({ seq, storedAt, bodySeq, size }: Deliverable, holder: number): OpenMessage {
    this.delivered += 1;
    const ordinal = this.delivered;
    const message = { seq, storedAt, bodySeq, size, ordinal, attempts: 1, holder, due: Infinity };
    this.#open.set(seq, message);
    this.cursor = seq;
    this.changed = true;
    return message;
  }

  /** The open messages that may be delivered again now, lowest position first. */
  redeliverable(now: number, max: number): OpenMessage[] {
    if (this.#waiting === 0 || max <= 0) return [];
    const ready: OpenMessage[] = [];
    for (const message of this.#open.values()) {
      if (message.holder === undefined && message.due <= now) ready.push(message);
      if (ready.length === max) break;
    }
    return ready;
  }

  redeliver(message: OpenMessage, holder: number): void {
    this.#count(message, 1);
    this.#waiting -= 1;
    message.holder = holder;
    message.due = Infinity;
  }

  /** The deliveries since `cursor` and `delivered` had these values did not happen, nor did the redeliveries. */
  undo(cursor: number, delivered: number, redeliveries: readonly OpenMessage[]): void {
    for (const seq of [...this.#open.keys()].filter((open) => open > cursor)) this.#open.delete(seq);
    this.cursor = cursor;
    this.delivered = delivered;
    for (const message of redeliveries) this.#wait(message, 0, true);
  }

  /** The holder's reader has it in hands: its ack wait begins. */
  taken(seq: number, holder: number, now: number): void {
    const message = this.#open.get(seq);
    if (message?.holder !== holder) return;
    message.due = now + this.limits.ackWaitMs;
    this.nextDue = Math.min(this.nextDue, message.due);
  }

  /** The open message, if it is one still: an answer that comes late may find it gone. */
  find(seq: number): OpenMessage | undefined {
    return this.#open.get(seq);
  }

  /** True if it was open. With the policy `all` those before it are acknowledged too. */
  ack(seq: number): boolean {
    if (this.limits.ackPolicy === 'all') return this.#ackThrough(seq);
    const message = this.#open.get(seq);
    if (message !== undefined) this.#close(message);
    return message !== undefined;
  }

  /** Closes one message without an ack. */
  drop(seq: number): void {
    const message = this.#open.get(seq);
    if (message !== undefined) this.#close(message);
  }

  /** Answers the message where it was its last delivery: the caller decides what becomes of it. */
  nak(seq: number, attempt: number, until: number): OpenMessage | undefined {
    const message = this.#open.get(seq);
    if (message?.holder === undefined || message.attempts !== attempt) return undefined;
    return this.#giveBack(message, until);
  }

  inProgress(seq: number, attempt: number, now: number): void {
    const message = this.#open.get(seq);
    if (message?.holder === undefined || message.attempts !== attempt) return;
    message.due = now + this.limits.ackWaitMs;
  }

  /** Ends the ack waits that are over. Answers the messages for which that was the last delivery. */
  expire(now: number): OpenMessage[] {
    if (now < this.nextDue) return [];
    const spent: OpenMessage[] = [];
    for (const message of this.#open.values()) {
      if (message.holder === undefined || message.due > now) continue;
      const last = this.#giveBack(message, now);
      if (last !== undefined) spent.push(last);
    }
    this.nextDue = this.#earliest(now);
    return spent;
  }

  /**
   * The holder is gone. What it closed in order was never tried, so it does not count; what it lost by dying counts, and
   * where that was the last delivery the message is answered.
   */
  release(holder: number, orderly: boolean): OpenMessage[] {
    const spent: OpenMessage[] = [];
    for (const message of this.#open.values()) {
      if (message.holder !== holder) continue;
      if (orderly) this.#wait(message, 0, true);
      else if (this.#giveBack(message, 0) !== undefined) spent.push(message);
    }
    return spent;
  }

  /** The open messages that already had their last delivery, as a restart may find them. */
  spent(): OpenMessage[] {
    return [...this.#open.values()].filter((message) => this.#isSpent(message));
  }

  #isSpent(message: OpenMessage): boolean {
    return message.attempts >= this.limits.maxDeliver;
  }

  #giveBack(message: OpenMessage, due: number): OpenMessage | undefined {
    const spent = this.#isSpent(message);
    this.#wait(message, due, false);
    return spent ? message : undefined;
  }

  #wait(message: OpenMessage, due: number, uncount: boolean): void {
    if (uncount) this.#count(message, -1);
    message.holder = undefined;
    message.due = due;
    this.#waiting += 1;
    this.nextDue = Math.min(this.nextDue, due);
    this.changed = true;
  }

  #count(message: OpenMessage, by: 1 | -1): void {
    const before = message.attempts !== 1;
    message.attempts += by;
    this.#irregular += Number(message.attempts !== 1) - Number(before);
    this.changed = true;
  }

  #ackThrough(seq: number): boolean {
    let any = false;
    for (const message of this.#open.values()) {
      if (message.seq > seq) break;
      this.#close(message);
      any = true;
    }
    return any;
  }

  #close(message: OpenMessage): void {
    this.#open.delete(message.seq);
    if (message.holder === undefined) this.#waiting -= 1;
    if (message.attempts !== 1) this.#irregular -= 1;
    this.changed = true;
  }

  #earliest(now: number): number {
    let earliest = Infinity;
    for (const { holder, due } of this.#open.values()) {
      if (due < earliest && (holder !== undefined || due > now)) earliest = due;
    }
    return earliest;
  }
}
