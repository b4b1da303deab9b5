/**
 * Messages that were stored together: one row of the database, however many they are. A row a message would cost more than
 * all the rest of storing it.
 *
 * The headers lie end to end, and so do the bodies, apart from each other, so that who wants headers alone reads no body.
 */
import { NO_BYTES } from './packing.ts';

/** A layout has five numbers a message: the id of its subject; where its headers end, and its body; the bytes of the body,
 * wherever that lies; and the position of the message that holds it, where this one was forwarded from it, else 0. */
export const FIELDS = 5;
const SUBJECT = 0;
const HEADERS_END = 1;
const BODIES_END = 2;
const SIZE = 3;
const BODY_OF = 4;

export class StoredBatch {
  /** The position of its first message. */
  readonly first: number;
  readonly count: number;
  /** When it was stored, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly layout: Float64Array;
  readonly headers: Uint8Array;
  /** Undefined where it was read without them. */
  readonly bodies: Uint8Array | undefined;

  constructor(
    first: number,
    storedAt: number,
    layout: Float64Array,
    headers: Uint8Array,
    bodies: Uint8Array | undefined,
  ) {
    this.first = first;
    this.count = layout.length / FIELDS;
    this.storedAt = storedAt;
    this.layout = layout;
    this.headers = headers;
    this.bodies = bodies;
  }

  get last(): number {
    return this.first + this.count - 1;
  }

  holds(seq: number): boolean {
    return seq >= this.first && seq <= this.last;
  }

  subjectAt(i: number): number {
    return this.#field(i, SUBJECT);
  }

  sizeAt(i: number): number {
    return this.#field(i, SIZE);
  }

  bodyOfAt(i: number): number {
    return this.#field(i, BODY_OF);
  }

  headersAt(i: number): Uint8Array {
    return this.headers.subarray(this.#start(i, HEADERS_END), this.#field(i, HEADERS_END));
  }

  /** Empty where the body lies elsewhere, or was not read. */
  bodyAt(i: number): Uint8Array {
    return this.bodies?.subarray(this.#start(i, BODIES_END), this.#field(i, BODIES_END)) ?? NO_BYTES;
  }

  /** What a message takes here: its headers, and its body unless that lies elsewhere. */
  bytesAt(i: number): number {
    const headerBytes = this.#field(i, HEADERS_END) - this.#start(i, HEADERS_END);
    return headerBytes + this.#field(i, BODIES_END) - this.#start(i, BODIES_END);
  }

  /** What all of them take here. */
  get ownBytes(): number {
    const last = this.count - 1;
    return this.#field(last, HEADERS_END) + this.#field(last, BODIES_END);
  }

  #start(i: number, field: number): number {
    return i === 0 ? 0 : this.#field(i - 1, field);
  }

  #field(i: number, field: number): number {
    return this.layout[i * FIELDS + field] ?? 0;
  }
}

/** From a row of `batches`, whichever of its columns were read. */
export function asBatch(row: Record<string, unknown>): StoredBatch {
  const { first, stored_at, layout, headers, bodies } = row;
  return new StoredBatch(
    Number(first),
    Number(stored_at),
    numbersOf(layout),
    headers instanceof Uint8Array ? headers : NO_BYTES,
    bodies instanceof Uint8Array ? bodies : undefined,
  );
}

function numbersOf(value: unknown): Float64Array {
  return value instanceof Uint8Array ? new Float64Array(value.slice().buffer) : new Float64Array(0);
}
