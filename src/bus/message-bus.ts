/**
 * The bus: what the gateway needs of a durable stream, and no more.
 *
 * Two adapters pass one contract suite: `embedded-bus.ts` (SQLite in a worker thread) and JetStream. The words are
 * JetStream's: a stream holds messages in sequence; a durable consumer remembers how far it came and what it has in
 * flight; a message is acknowledged, or comes again after its ack wait, or sooner after a nak.
 */
import type { Transferable } from 'node:worker_threads';
import type { ErrorCode } from '../errors.ts';
import type { Headers } from '../messages/envelope.ts';

/** The header that says why a message went to the dead letters. */
export const DEAD_LETTER_REASON = 'Healthos-Dead-Letter-Reason';

export interface OutgoingMessage {
  readonly subject: string;
  readonly headers: Headers;
  /** The bytes; empty where the body went by claim check (the headers then hold its reference). */
  readonly body: Uint8Array;
  /**
   * The duplicate key, where the message has an identity beyond its own fresh id: within the duplicate window a second
   * message under the key is not stored. Sent as `Nats-Msg-Id`.
   */
  readonly duplicateKey?: string | undefined;
}

/** The bus's promise: the message is on disk and survives a kill of the process and a loss of power. */
export interface Stored {
  /** The position in the stream; for a duplicate, that of the first one. */
  readonly seq: number;
  readonly duplicate: boolean;
}

export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The size of the body in bytes, also where only headers are delivered (JetStream: `Nats-Msg-Size`). */
  readonly size: number;
  /** When the bus stored it, in milliseconds since the epoch. */
  readonly storedAt: number;
}

export interface ConsumerOptions {
  /** Subjects with NATS wildcards; a message that matches any of them is consumed. */
  readonly filter: readonly string[];
  /** Where a consumer that is new begins: the first message that is kept (default) or after this position. */
  readonly startAfter?: number;
  /** True: an existing consumer of that name is forgotten and begins anew at `startAfter`. */
  readonly reset?: boolean;
  /**
   * True: several gateways on one bus have a consumer of this name each, and not a share in one. That of a gateway which
   * stays away is forgotten after a day. On a bus of one gateway it means nothing.
   */
  readonly perGateway?: boolean;
  /** Only headers are delivered; the body is empty. */
  readonly headersOnly?: boolean;
  /** `each` (default): every message is acknowledged by itself; `all`: an ack covers all before it. */
  readonly ackPolicy?: 'each' | 'all';
  /** How long a delivery may stay unanswered before it comes again; milliseconds, default 30,000. */
  readonly ackWaitMs?: number;
  /** How many deliveries may be unanswered at once; default 2,048. */
  readonly maxAckPending?: number;
  /** After this many deliveries without an ack the message goes to `deadLetter`, or is left; default: no limit. */
  readonly maxDeliver?: number;
  /** The subject to which a message goes after its last delivery; its headers gain `Healthos-Dead-Letter-Reason`. */
  readonly deadLetter?: string;
}

/** One delivery of a message. Exactly one of ack, nak, forward ends it; a later one has no effect. */
export interface Delivery extends StoredMessage {
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Done with it. Takes effect with the next commit; `flush` of the consumer tells when. */
  ack(): void;
  /** Not done: comes again after the delay (default at once). */
  nak(delayMs?: number): void;
  /** Still working: the ack wait begins anew. */
  inProgress(): void;
  /**
   * Publishes the same body under another subject with these headers, and acknowledges. In one transaction where the bus
   * can; elsewhere in that order, with `duplicateKey` so that a second time stores nothing.
   */
  forward(subject: string, headers: Headers, duplicateKey: string): void;
}

export interface Consumer {
  /**
   * The next deliveries in order of position (redeliveries first), at least one: waits until there is one. Resolves
   * empty only after `close` or when the signal aborts.
   */
  fetch(max: number, signal?: AbortSignal): Promise<readonly Delivery[]>;
  /** Resolves when every answer given so far is durable. */
  flush(): Promise<void>;
  /** Ends the fetches; what is in flight unanswered becomes available at once to the consumer's next client. */
  close(): Promise<void>;
}

export interface ConsumerStatus {
  readonly name: string;
  /** The subjects that it consumes, with NATS wildcards. */
  readonly filter: readonly string[];
  /** Messages not yet acknowledged, in flight or not. */
  readonly pending: number;
  readonly inFlight: number;
  /** Every matching message up to here is acknowledged. */
  readonly ackFloor: number;
  /** When the oldest unacknowledged message was stored (milliseconds since the epoch), or null. */
  readonly oldest: number | null;
}

/** `ready`: can store. `full`: no room, nothing is taken in. `unavailable`: cannot be reached, `reason` says why. */
export interface BusStatus {
  readonly kind: 'embedded' | 'jetstream';
  /** Where it is, without secrets. */
  readonly url: string;
  readonly state: 'ready' | 'full' | 'unavailable';
  readonly since: number;
  /** What it met where the state is not `ready`; left out: `bus/unavailable`, `bus/full`. */
  readonly code?: ErrorCode | null;
  /** A sentence for the operator where the state is not `ready`. */
  readonly reason: string | null;
  /** What an operator should mend although the bus works: a sentence each, with what to set. */
  readonly notices?: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  /** The first position that is kept; `lastSeq` + 1 where none is. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly consumers: readonly ConsumerStatus[];
}

/** Large bodies, apart from the stream. What no message refers to is collected. */
export interface ObjectStore {
  /**
   * Stores a body as it arrives. Resolves when it is durable under its final name; a source that fails or an abort
   * leaves nothing behind.
   */
  put(
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly ref: string; readonly size: number; readonly sha256: string }>;
  /**
   * The body from the start, in chunks that are the reader's own; stop reading when enough was seen. Rejects with
   * `message/body-gone`.
   */
  get(ref: string): Promise<AsyncIterable<Uint8Array>>;
}

/** A way for another thread to join the same bus: goes into `workerData` together with its transfer list. */
export interface BusTicket {
  readonly ticket: unknown;
  readonly transfer: readonly Transferable[];
}

export interface MessageBus {
  readonly objects: ObjectStore;
  /** Resolves when stored; rejects with a HealthosError (`bus/full`, `bus/timeout`, `bus/unavailable`, `bus/closed`). */
  publish(message: OutgoingMessage): Promise<Stored>;
  /** Creates the durable consumer or takes it up where it stands. */
  consume(name: string, options: ConsumerOptions): Promise<Consumer>;
  /**
   * Forgets a durable consumer that nobody uses any more: one that stands still keeps everything after it on the bus for
   * ever. Answers whether there was one. A client that still has it open is delivered nothing more.
   */
  forget(name: string): Promise<boolean>;
  /** One message by position; undefined when it is no longer kept. */
  get(seq: number): Promise<StoredMessage | undefined>;
  status(): Promise<BusStatus>;
  /** Calls back on each change of `state`; the answer ends it. */
  onState(listener: (status: Pick<BusStatus, 'state' | 'since' | 'reason'>) => void): () => void;
  /** A ticket for one more thread. */
  share(): BusTicket;
  /** Waits for what was published, then closes. Later calls reject with `bus/closed`. */
  close(): Promise<void>;
}
