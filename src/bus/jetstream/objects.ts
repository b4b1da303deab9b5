/**
 * Large bodies in the server's object store (ADR-20): a stream of its own, with the chunks under one subject and what is
 * known of the object under another. An object is there once the latter is. References are UUIDs that hold their time.
 *
 * Which messages refer to an object is not written down. Instead no message refers to one that is much older than the
 * message, as `keep` sees to: so what is older than the first message that is kept belongs to nobody.
 */
import { createHash } from 'node:crypto';
import { DiscardPolicy, NatsError, StorageType } from 'nats';
import { HealthosError } from '../../errors.ts';
import { newDataId } from '../../messages/identity.ts';
import type { ObjectStore, Stored } from '../message-bus.ts';
import { readMessage } from './stream-reader.ts';
import { encodeHeaders } from './wire-headers.ts';
import type { Wire } from './wire.ts';

/** References are ours: nothing else names an object. */
const reference = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CHUNK_BYTES = 128 * 1024;
/** So many chunks are on their way at once. */
const WINDOW = 8;
const STREAM_NOT_FOUND = 10059;

export interface ObjectsOptions {
  /** The bucket; its stream is called `OBJ_<bucket>`. */
  readonly bucket: string;
  readonly graceMs: number;
  readonly wire: () => Wire;
  readonly publish: (subject: string, headers: Uint8Array, body: Uint8Array) => Promise<Stored>;
  /** Throws where nothing is taken in now. */
  readonly assertTakesIn: () => void;
}

/** As the object store of NATS has it. */
interface ObjectMeta {
  readonly name: string;
  readonly bucket: string;
  readonly nuid: string;
  readonly size: number;
  readonly chunks: number;
  readonly digest: string;
  readonly mtime: string;
  readonly deleted?: boolean;
}

const plain = encodeHeaders({}, undefined);
/** The last word on an object replaces those before it. */
const rollup = Buffer.from('NATS/1.0\r\nNats-Rollup: sub\r\n\r\n');

export class NatsObjects implements ObjectStore {
  readonly #options: ObjectsOptions;

  constructor(options: ObjectsOptions) {
    this.#options = options;
  }

  get #stream(): string {
    return `OBJ_${this.#options.bucket}`;
  }

  #subject(kind: 'C' | 'M', ref: string): string {
    const name = kind === 'C' ? ref : Buffer.from(ref).toString('base64url');
    return `$O.${this.#options.bucket}.${kind}.${name}`;
  }

  /** Makes the bucket where there is none, as the NATS client would: that one sends a field that the server refuses. */
  async setUp({ jsm }: Wire, replicas: number): Promise<void> {
    const { bucket } = this.#options;
    try {
      await jsm.streams.info(this.#stream);
    } catch (thrown) {
      if (!(thrown instanceof NatsError) || thrown.jsError()?.err_code !== STREAM_NOT_FOUND) throw thrown;
      await jsm.streams.add({
        name: this.#stream,
        subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
        storage: StorageType.File,
        discard: DiscardPolicy.New,
        num_replicas: replicas,
        allow_rollup_hdrs: true,
        allow_direct: true,
      });
    }
  }

  async put(
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly ref: string; readonly size: number; readonly sha256: string }> {
    this.#options.assertTakesIn();
    const ref = newDataId();
    try {
      const { size, chunks, digest } = await this.#putChunks(ref, source);
      const sha256 = digest.toString('hex');
      await this.#putMeta(this.#metaOf(ref, size, chunks, digest));
      return { ref, size, sha256 };
    } catch (error) {
      // What cannot be removed now is collected later.
      await this.#purge('C', ref).catch(() => undefined);
      throw error;
    }
  }

  async #putChunks(ref: string, source: AsyncIterable<Uint8Array>) {
    const hash = createHash('sha256');
    const subject = this.#subject('C', ref);
    const sending = new Sending((chunk) => this.#options.publish(subject, plain, chunk));
    let size = 0;
    for await (const bytes of source) {
      hash.update(bytes);
      size += bytes.byteLength;
      await sending.add(bytes);
    }
    const chunks = await sending.end();
    return { size, chunks, digest: hash.digest() };
  }

  #metaOf(ref: string, size: number, chunks: number, digest: Buffer): ObjectMeta {
    return {
      name: ref,
      bucket: this.#options.bucket,
      nuid: ref,
      size,
      chunks,
      // Padded, as the NATS client compares it.
      digest: `SHA-256=${digest.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`,
      mtime: new Date().toISOString(),
    };
  }

  async #putMeta(meta: ObjectMeta): Promise<void> {
    const withOptions = { ...meta, options: { max_chunk_size: CHUNK_BYTES } };
    await this.#options.publish(
      this.#subject('M', meta.name),
      rollup,
      Buffer.from(JSON.stringify(withOptions)),
    );
  }

  async get(ref: string): Promise<AsyncIterable<Uint8Array>> {
    const meta = await this.#find(ref);
    if (meta === undefined) throw gone();
    return this.#chunks(meta);
  }

  async #find(ref: string): Promise<ObjectMeta | undefined> {
    if (!reference.test(ref)) return undefined;
    const found = await readMessage(this.#options.wire(), this.#stream, {
      last_by_subj: this.#subject('M', ref),
    });
    const meta = found === undefined ? undefined : asMeta(found.body);
    return meta?.deleted === true ? undefined : meta;
  }

  async *#chunks({ nuid, chunks }: ObjectMeta): AsyncGenerator<Uint8Array> {
    const subject = this.#subject('C', nuid);
    for (let count = 0, seq = 1; count < chunks; count++) {
      const wanted = { seq, next_by_subj: subject };
      const chunk = await readMessage(this.#options.wire(), this.#stream, wanted);
      if (chunk === undefined) throw gone();
      seq = chunk.seq + 1;
      yield chunk.body;
    }
  }

  /** Keeps an object for as long as a message that is published now. Undefined where it is young enough anyway. */
  keep(ref: string, now = Date.now()): Promise<void> | undefined {
    if (!reference.test(ref) || timeOf(ref) + this.#options.graceMs / 2 > now) return undefined;
    return this.#touch(ref, now);
  }

  async #touch(ref: string, now: number): Promise<void> {
    const meta = await this.#find(ref);
    if (meta === undefined || Date.parse(meta.mtime) + this.#options.graceMs / 2 > now) return;
    await this.#putMeta({ ...meta, mtime: new Date(now).toISOString() });
  }

  /** The bytes that all objects take. */
  async bytes(): Promise<number> {
    const { state } = await this.#options.wire().jsm.streams.info(this.#stream);
    return state.bytes;
  }

  /** Deletes what no message refers to, the first one that is kept being stored at `firstAt`; and broken-off puts. */
  async collect(firstAt: number, now: number): Promise<void> {
    const { whole, parts } = await this.#list();
    for (const ref of parts) {
      if (!whole.has(ref) && timeOf(ref) + this.#options.graceMs <= now) await this.#purge('C', ref);
    }
    for (const ref of whole)
      if (timeOf(ref) + this.#options.graceMs <= firstAt) await this.#drop(ref, firstAt);
  }

  async #drop(ref: string, firstAt: number): Promise<void> {
    const meta = await this.#find(ref);
    if (meta !== undefined && Date.parse(meta.mtime) + this.#options.graceMs > firstAt) return;
    await this.#purge('M', ref);
    await this.#purge('C', ref);
  }

  async #purge(kind: 'C' | 'M', ref: string): Promise<void> {
    await this.#options.wire().jsm.streams.purge(this.#stream, { filter: this.#subject(kind, ref) });
  }

  /** The objects by their subjects: those that are there, and those of which there are chunks. */
  async #list(): Promise<{ readonly whole: ReadonlySet<string>; readonly parts: ReadonlySet<string> }> {
    const { bucket } = this.#options;
    const { jsm } = this.#options.wire();
    const { state } = await jsm.streams.info(this.#stream, { subjects_filter: `$O.${bucket}.>` });
    const whole = new Set<string>();
    const parts = new Set<string>();
    for (const subject of Object.keys(state.subjects ?? {})) {
      const [, , kind, name = ''] = subject.split('.');
      const ref = kind === 'C' ? name : Buffer.from(name, 'base64url').toString();
      if (reference.test(ref)) (kind === 'C' ? parts : whole).add(ref);
    }
    return { whole, parts };
  }
}

/** Cuts what comes into chunks, and keeps some of them on their way. */
class Sending {
  readonly #publish: (chunk: Uint8Array) => Promise<Stored>;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #count = 0;
  #underway: Promise<Stored>[] = [];

  constructor(publish: (chunk: Uint8Array) => Promise<Stored>) {
    this.#publish = publish;
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes);
    this.#size += bytes.byteLength;
    if (this.#size < CHUNK_BYTES) return;
    const all = Buffer.concat(this.#pieces);
    const whole = all.byteLength - (all.byteLength % CHUNK_BYTES);
    for (let at = 0; at < whole; at += CHUNK_BYTES) await this.#send(all.subarray(at, at + CHUNK_BYTES));
    this.#pieces = [all.subarray(whole)];
    this.#size = all.byteLength - whole;
  }

  /** Resolves with the number of chunks when all are stored. */
  async end(): Promise<number> {
    if (this.#size > 0) await this.#send(Buffer.concat(this.#pieces));
    await Promise.all(this.#underway);
    return this.#count;
  }

  async #send(chunk: Uint8Array): Promise<void> {
    const sent = this.#publish(chunk);
    // Awaited below, in turn.
    sent.catch(() => undefined);
    this.#count += 1;
    this.#underway.push(sent);
    if (this.#underway.length >= WINDOW) await this.#underway.shift();
  }
}

/** The time that a UUIDv7 begins with (RFC 9562, 5.7); milliseconds since the epoch. */
function timeOf(ref: string): number {
  return Number.parseInt(ref.slice(0, 8) + ref.slice(9, 13), 16);
}

function asMeta(body: Uint8Array): ObjectMeta {
  // The bucket is ours alone: what stands there was written above, or by the NATS client in the same form.
  return JSON.parse(Buffer.from(body).toString()) as ObjectMeta;
}

function gone(): HealthosError {
  return new HealthosError('message/body-gone', 'The body of this message is no longer kept.');
}
