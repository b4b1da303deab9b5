/** Bodies on their way in: those that are too many bytes for the bus go into the object store. */
import { Readable } from 'node:stream';
import type { ObjectStore } from '../bus/message-bus.ts';
import { type Body, CLAIM_CHECK_BYTES, CLAIM_CHECK_HEAD_BYTES, type ClaimCheck } from './envelope.ts';

type Objects = Pick<ObjectStore, 'put'>;

export async function bodyOf(bytes: Uint8Array, objects: Objects): Promise<Body> {
  if (bytes.byteLength <= CLAIM_CHECK_BYTES) return bytes;
  return { ...(await objects.put(Readable.from([bytes]))), head: bytes.slice(0, CLAIM_CHECK_HEAD_BYTES) };
}

/**
 * A body as it arrives: in memory while it is small, beyond that straight into the object store. Where the source fails,
 * rejects with what it failed with.
 */
export async function bodyFrom(source: AsyncIterable<Uint8Array>, objects: Objects): Promise<Body> {
  const chunks = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  for (let size = 0; size <= CLAIM_CHECK_BYTES;) {
    const next = await chunks.next();
    if (next.done === true) return Buffer.concat(head);
    head.push(next.value);
    size += next.value.byteLength;
  }
  return spill(head, { [Symbol.asyncIterator]: () => chunks }, objects);
}

/** Puts a body into the object store of which the beginning is here and the rest comes. Rejects as `bodyFrom`. */
export async function spill(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
  objects: Objects,
): Promise<ClaimCheck> {
  let failure: { readonly thrown: unknown } | undefined;
  const whole = onwards(head, rest, (thrown) => (failure = { thrown }));
  const stored = await objects.put(whole).catch((error: unknown) => {
    throw failure === undefined ? error : failure.thrown;
  });
  return { ...stored, head: beginningOf(head) };
}

function beginningOf(chunks: readonly Uint8Array[]): Buffer {
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return Buffer.concat(chunks, Math.min(size, CLAIM_CHECK_HEAD_BYTES));
}

async function* onwards(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
  failed: (thrown: unknown) => void,
): AsyncGenerator<Uint8Array> {
  yield* head;
  try {
    yield* rest;
  } catch (thrown) {
    failed(thrown);
    throw thrown;
  }
}
