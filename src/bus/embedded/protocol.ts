/**
 * What the threads say to the store's thread and what it answers: plain data, many rows to a message.
 *
 * Rows travel packed, their headers and bodies end to end in one buffer that is transferred: cloning a thousand small
 * buffers would cost more than storing them. What is published, and that it is stored, goes by shared memory where it has
 * room there.
 */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorCode } from '../../errors.ts';
import type { BusStatus, ConsumerOptions } from '../message-bus.ts';

/** The way from a thread to the store's thread and back. */
export interface StoreLink {
  readonly port: MessagePort;
  readonly lanes: Lanes;
}

/** The memory of two lanes: what is published, and that it is stored. */
export interface Lanes {
  readonly published: SharedArrayBuffer;
  readonly stored: SharedArrayBuffer;
}

/** Messages to be stored, in order. */
export interface PackedMessages {
  /** The distinct subjects of the batch. */
  readonly subjects: readonly string[];
  /** Three numbers a message: the index of its subject, the bytes of its headers (JSON), the bytes of its body. */
  readonly layout: readonly number[];
  /** The headers of all, then the bodies of all. */
  readonly bytes: Uint8Array;
  readonly headerBytes: number;
  /** By the message's index: the duplicate keys of those that have one. */
  readonly keys: readonly (readonly [index: number, key: string])[];
  /** By the message's index: the object in which the body lies, where it went by claim check. */
  readonly refs: readonly (readonly [index: number, ref: string])[];
}

/** Stored messages on their way to a reader. */
export interface PackedRows {
  readonly subjects: readonly string[];
  /** Seven numbers a row: position, index of the subject, time of storing, attempt, bytes of its headers and of its body
   * here, size of its body. */
  readonly layout: readonly number[];
  readonly bytes: Uint8Array;
}

/** A consumer's answers since the last batch of them. */
export interface Answers {
  readonly type: 'answers';
  readonly consumer: number;
  /** How many more deliveries were handed to the reader: their ack wait begins. */
  readonly taken: number;
  /** How many deliveries the reader waits for; it is sent what is there, once. */
  readonly credit: number;
  readonly acks: readonly number[];
  /** Position, attempt, milliseconds. */
  readonly naks: readonly (readonly [seq: number, attempt: number, delayMs: number])[];
  readonly progress: readonly (readonly [seq: number, attempt: number])[];
  /** What is published with the ack of a delivery: the bodies stay where they are, `originals` says where. */
  readonly forwards: { readonly messages: PackedMessages; readonly originals: readonly number[] } | null;
  /** Asks to be told when all of this is durable. */
  readonly flush: number | null;
}

/** A lane's text beside the bytes of a batch. The batches of a link are numbered from 1, whichever way they go. */
export type PublishText = { readonly batch: number } & Omit<PackedMessages, 'bytes'>;

/** There is something in the lane. */
export interface Bell {
  readonly type: 'bell';
}

export type Request =
  | { readonly type: 'publish'; readonly batch: number; readonly messages: PackedMessages }
  | Answers
  | {
      readonly type: 'open';
      readonly id: number;
      readonly name: string;
      readonly options: ConsumerOptions;
      readonly consumer: number;
    }
  | { readonly type: 'leave'; readonly id: number; readonly consumer: number }
  | { readonly type: 'forget'; readonly id: number; readonly name: string }
  | { readonly type: 'get'; readonly id: number; readonly seq: number }
  | { readonly type: 'status'; readonly id: number };

/** From the thread that started the store: one more thread joins; or make everything durable, close the file, end. */
export type FromSupervisor = { readonly type: 'join'; readonly link: StoreLink } | { readonly type: 'end' };

/** To it: the file is open, or cannot be (with SQLite's code); it is closed. */
export type ToSupervisor =
  | { readonly type: 'opened' }
  | { readonly type: 'unopened'; readonly code: number | null }
  | { readonly type: 'ended' };

/** To the other threads that joined: the way to the store, its loss, its end. */
export type ToJoined =
  | { readonly type: 'attach'; readonly link: StoreLink }
  | { readonly type: 'detach'; readonly state: StoreState }
  | { readonly type: 'end' };

export type StoreState = Pick<BusStatus, 'state' | 'since' | 'reason'>;

/** What a status holds beside the state and the address. */
export type StoreCounts = Pick<BusStatus, 'messages' | 'bytes' | 'firstSeq' | 'lastSeq' | 'consumers'>;

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfter: number;
}

export type Reply =
  /** The messages of a batch have consecutive positions from `first`, but for the duplicates. */
  | {
      readonly type: 'stored';
      readonly batch: number;
      readonly first: number;
      readonly duplicates: readonly (readonly [index: number, seq: number])[];
    }
  | { readonly type: 'refused'; readonly batch: number; readonly refusal: Refusal }
  | { readonly type: 'delivered'; readonly consumer: number; readonly rows: PackedRows }
  | { readonly type: 'done'; readonly id: number }
  /** Whether there was a consumer of that name. */
  | { readonly type: 'forgotten'; readonly id: number; readonly existed: boolean }
  | { readonly type: 'row'; readonly id: number; readonly rows: PackedRows }
  | { readonly type: 'status'; readonly id: number; readonly counts: StoreCounts }
  | { readonly type: 'state'; readonly state: StoreState };

/** The replies of one commit to one thread that go by its port. None: there is something in the lane. */
export type Replies = readonly Reply[];

/** How the store's thread is started. */
export interface StoreSettings {
  readonly busFile: string;
  readonly objectsFolder: string;
  readonly duplicateWindowMs: number;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** How old an object must be, in milliseconds, before it is collected for want of a message that refers to it. */
  readonly objectGraceMs: number;
}
