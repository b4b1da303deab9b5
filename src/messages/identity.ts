/** The ids of messages. They grow with time, so that indices over them stay cheap. */
import { randomFillSync, randomInt } from 'node:crypto';
import { v7, validate } from 'uuid';
import { header, type Headers } from './envelope.ts';

/** A new data id: a UUIDv7 (RFC 9562, 5.7), greater than every one before it in this process. */
export function newDataId(): string {
  const now = Date.now();
  if (now > last.msecs) last = { msecs: now, seq: randomInt(2 ** 31) };
  else if (last.seq === 0xffff_ffff) last = { msecs: last.msecs + 1, seq: 0 };
  else last = { msecs: last.msecs, seq: last.seq + 1 };
  return v7({ ...last, random: randomBytes() });
}

/** The counter of RFC 9562, 6.2, method 1: it starts at random each millisecond, and counts on within one. */
let last = { msecs: 0, seq: 0 };

const ID_BYTES = 16;
/** Random bytes are drawn for many ids at once: each draw is a call into the system. */
const pool = new Uint8Array(256 * ID_BYTES);
let drawn = pool.length;

function randomBytes(): Uint8Array {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += ID_BYTES;
  return pool.subarray(drawn - ID_BYTES, drawn);
}

/** A data id as it is written: lower case, of any UUID version, since foreign senders bring their own. */
export function isDataId(text: string): boolean {
  return validate(text) && text === text.toLowerCase();
}

/**
 * The data id of a message on the bus: its header's, or, for a foreign message without one, an id derived from its
 * place in the stream, so that a redelivery has the same.
 */
export function dataIdOf(message: Placed & { readonly headers: Headers }): string {
  const given = message.headers[header.dataId];
  return given !== undefined && isDataId(given) ? given : derivedIdOf(message);
}

/** Where a message lies in the stream. */
export interface Placed {
  readonly seq: number;
  readonly storedAt: number;
}

/** The id of a message that brings none, or that claims the id of an earlier one. */
export function derivedIdOf(message: Placed): string {
  return v7({ msecs: message.storedAt, seq: message.seq >>> 0, random: bytesOf(message.seq) });
}

function bytesOf(seq: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setFloat64(8, seq);
  return bytes;
}
