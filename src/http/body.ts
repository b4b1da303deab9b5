/** Reads the body of a request: its content codings undone, within a limit, in memory or into the object store. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ObjectStore } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import { spill } from '../messages/claim-check.ts';
import { CLAIM_CHECK_BYTES } from '../messages/envelope.ts';
import type { Body, ClaimCheck } from '../messages/envelope.ts';
import type { ArrivingBodies, Refuse } from './arriving-bodies.ts';
import { decoded, tooLarge } from './content-coding.ts';

export interface BodyOptions {
  /** Of the body as it is sent, and of what results when its codings are undone. */
  readonly maxBytes: number;
  readonly objects: ObjectStore;
  /** Where the body is entered until it is there: it is refused when they are, and its connection ends. */
  readonly arriving: ArrivingBodies;
  /** Is the body wanted in memory whatever its size? Asked with its beginning when it turns out to be large. */
  wantedWhole(head: Uint8Array): boolean;
}

/**
 * The bytes of a body that is small or wanted whole; of another the place in the object store, into which it went as it
 * arrived. Rejects with `request/empty-body`, `request/too-large`, `request/content-coding` or `request/malformed`.
 */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  options: BodyOptions,
): Promise<Body> {
  const { maxBytes, arriving } = options;
  const reading = openBody(req, res, maxBytes);
  arriving.add(reading.refuse);
  try {
    const head = await collect(reading, Math.min(CLAIM_CHECK_BYTES, maxBytes));
    if (head.ended) return joined(head.chunks);
    if (maxBytes <= CLAIM_CHECK_BYTES) throw tooLarge(maxBytes);
    if (options.wantedWhole(joined(head.chunks))) return await rest(head, reading, maxBytes);
    return await spilled(head, reading, options);
  } finally {
    arriving.delete(reading.refuse);
  }
}

/** As `readBody`, but always in memory. */
export async function readWholeBody(
  req: IncomingMessage,
  res: ServerResponse,
  { maxBytes, arriving }: Pick<BodyOptions, 'maxBytes' | 'arriving'>,
): Promise<Uint8Array> {
  const reading = openBody(req, res, maxBytes);
  arriving.add(reading.refuse);
  try {
    return await rest({ chunks: [], size: 0 }, reading, maxBytes);
  } finally {
    arriving.delete(reading.refuse);
  }
}

/**
 * Hands on a body of any size as it comes, without its codings, to one who keeps to limits of their own. The stream
 * rejects as `readBody` does.
 */
export async function streamBody<T>(
  req: IncomingMessage,
  res: ServerResponse,
  { arriving }: Pick<BodyOptions, 'arriving'>,
  read: (chunks: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const reading = openBody(req, res, Infinity);
  arriving.add(reading.refuse);
  const source = reading.apart(Infinity);
  try {
    return await read(limited(source, Infinity, Infinity));
  } finally {
    arriving.delete(reading.refuse);
    source.destroy();
  }
}

/** The reading of one body. */
class Reading {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  /** Where the body, without its codings, comes from. */
  source: Readable;
  /** Makes the step of the reading that is under way reject. */
  fail: Refuse = ignore;

  constructor(req: IncomingMessage, res: ServerResponse, source: Readable) {
    this.#req = req;
    this.#res = res;
    this.source = source;
  }

  /** Ends the reading with the error, and the connection after the answer; a body that is all there is read to its end. */
  readonly refuse: Refuse = (error) => {
    if (this.#req.complete) return;
    this.#res.shouldKeepAlive = false;
    this.fail(error);
    if (this.source !== this.#req) this.source.destroy(error);
  };

  /** Gives the rest of the body a stream of its own, which can be destroyed while the request is still to be answered. */
  apart(maxBytes: number): Readable {
    if (this.source === this.#req) this.source = decoded(this.#req, 'identity', maxBytes);
    this.fail = ignore;
    // It may fail before anybody reads it; who reads it then hears of it all the same.
    return this.source.on('error', ignore);
  }
}

function ignore(): void {
  // Nothing is under way, or the stream's own end tells of it.
}

/** Refuses what the headers alone tell to be too large, and asks a client that waits to be asked for the body. */
function openBody(req: IncomingMessage, res: ServerResponse, maxBytes: number): Reading {
  const length = req.headers['content-length'];
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes);
  const codings = req.headers['content-encoding'];
  const source = codings === undefined ? req : decoded(req, codings, maxBytes);
  if (req.headers.expect !== undefined) res.writeContinue();
  return new Reading(req, res, source);
}

interface Collected {
  readonly chunks: Buffer[];
  readonly size: number;
}

/**
 * What a source sends until it ends, or until there is more than `limit`: then it is paused, and `ended` is false.
 * Listeners rather than an async iterator, which takes several turns of the microtask queue for each small body.
 */
function collect(reading: Reading, limit: number): Promise<Collected & { readonly ended: boolean }> {
  const { source } = reading;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    source.on('data', take);
    source.on('end', () => resolve({ chunks, size, ended: true }));
    source.on('error', (cause) => reject(asBroken(cause)));
    source.on('close', () => {
      if (!source.readableEnded) reject(brokeOff());
    });
    // A function of its own: V8 puts one that is written right into a property into its old generation, where it would
    // keep each request alive until the next full collection.
    const fail: Refuse = (error) => {
      source.off('data', take);
      reject(error);
    };
    reading.fail = fail;

    function take(chunk: Buffer): void {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= limit) return;
      source.pause();
      source.off('data', take);
      resolve({ chunks, size, ended: false });
    }
  });
}

async function rest(head: Collected, reading: Reading, maxBytes: number): Promise<Uint8Array> {
  const collecting = collect(reading, maxBytes - head.size);
  reading.source.resume();
  const { chunks, ended } = await collecting;
  if (!ended) throw tooLarge(maxBytes);
  return joined([...head.chunks, ...chunks]);
}

function joined(chunks: readonly Buffer[]): Uint8Array {
  const [first] = chunks;
  if (first === undefined) throw new HealthosError('request/empty-body', 'Send the message as the body.');
  return chunks.length === 1 ? first : Buffer.concat(chunks);
}

async function spilled(head: Collected, reading: Reading, options: BodyOptions): Promise<ClaimCheck> {
  const { objects, maxBytes } = options;
  const source = reading.apart(maxBytes);
  try {
    return await spill(head.chunks, limited(source, maxBytes - head.size, maxBytes), objects);
  } finally {
    source.destroy();
  }
}

/** What comes, up to so many bytes; `maxBytes` is told to who sends more. */
async function* limited(source: Readable, most: number, maxBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (thrown) {
    throw asBroken(thrown);
  }
}

function asBroken(thrown: unknown): HealthosError {
  return thrown instanceof HealthosError ? thrown : brokeOff(thrown);
}

function brokeOff(cause?: unknown): HealthosError {
  return new HealthosError('request/malformed', 'The body broke off before its end.', { cause });
}
