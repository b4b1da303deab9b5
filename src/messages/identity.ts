/** The ids of messages. They grow with time, so that indices over them stay cheap. */
import { v7, validate } from 'uuid';
import { header, type Headers } from './envelope.ts';

/** A new data id: a UUIDv7 (RFC 9562, 5.7). */
export function newDataId(): string {
  return v7();
}

/** A data id as it is written: lower case, of any UUID version, since foreign senders bring their own. */
export function isDataId(text: string): boolean {
  return validate(text) && text === text.toLowerCase();
}

/**
 * The data id of a message on the bus: its header's, or, for a foreign message without one, an id derived from its
 * place in the stream, so that a redelivery has the same.
 */
export function dataIdOf(message: {
  readonly headers: Headers;
  readonly seq: number;
  readonly storedAt: number;
}): string {
  const given = message.headers[header.dataId];
  if (given !== undefined && isDataId(given)) return given;
  return v7({ msecs: message.storedAt, seq: message.seq >>> 0, random: bytesOf(message.seq) });
}

function bytesOf(seq: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setFloat64(8, seq);
  return bytes;
}
