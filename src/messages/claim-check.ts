/** Bytes in memory as the body of a message: those that are too many for the bus go into the object store. */
import { Readable } from 'node:stream';
import type { ObjectStore } from '../bus/message-bus.ts';
import { type Body, CLAIM_CHECK_BYTES, CLAIM_CHECK_HEAD_BYTES } from './envelope.ts';

export async function bodyOf(bytes: Uint8Array, objects: Pick<ObjectStore, 'put'>): Promise<Body> {
  if (bytes.byteLength <= CLAIM_CHECK_BYTES) return bytes;
  return { ...(await objects.put(Readable.from([bytes]))), head: bytes.slice(0, CLAIM_CHECK_HEAD_BYTES) };
}
