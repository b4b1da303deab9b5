/** The object store as a folder: one file an object, written and synced before anybody learns its name. */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HealthosError } from '../../errors.ts';
import type { ObjectStore } from '../message-bus.ts';
import type { Refusal } from './protocol.ts';
import { asError } from './publisher.ts';

/** References are ours: nothing else names a file of the folder. */
const reference = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A body that is not larger is read in one piece. */
const READ_BYTES = 1024 * 1024;
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

interface Written {
  readonly size: number;
  readonly sha256: string;
}

export class FileObjects implements ObjectStore {
  readonly #folder: string;
  readonly #names: FolderSync;
  readonly #refusal: () => Refusal | undefined;
  readonly #reading: Reading;

  /** `mayWait`: whether this thread may wait for the disk when it reads. */
  constructor(folder: string, refusal: () => Refusal | undefined, mayWait = false) {
    this.#folder = folder;
    this.#names = new FolderSync(folder);
    this.#refusal = refusal;
    this.#reading = mayWait ? waiting : asking;
  }

  /** Under its name from the beginning: until it is durable nobody else knows it, and what is cut off is collected. */
  async put(source: AsyncIterable<Uint8Array>): Promise<{ ref: string } & Written> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw asError(refusal);
    const ref = randomUUID();
    const path = join(this.#folder, ref);
    try {
      return { ref, ...(await this.#writeDurably(path, source)) };
    } catch (error) {
      await rm(path, { force: true });
      throw asObjectError(error);
    }
  }

  /** The name is durable once the folder is: that goes on while the body arrives. */
  async #writeDurably(path: string, source: AsyncIterable<Uint8Array>): Promise<Written> {
    const opening = open(path, 'wx', 0o600);
    const named = opening.then(() => this.#names.sync());
    try {
      const [written] = await Promise.all([writeAll(opening, source), named]);
      return written;
    } finally {
      await named.catch(() => undefined);
      // It waits for what is under way; nobody has to wait for it.
      opening.then((file) => file.close()).catch(() => undefined);
    }
  }

  async get(ref: string): Promise<AsyncIterable<Uint8Array>> {
    if (!reference.test(ref)) throw gone();
    try {
      return new Pieces(await this.#reading.open(join(this.#folder, ref)), this.#reading);
    } catch (error) {
      throw isMissing(error) ? gone(error) : error;
    }
  }

  /** Nothing more is put. */
  async close(): Promise<void> {
    await this.#names.close();
  }
}

/** How a thread reads files. Nobody waits to close one that was only read. */
interface Reading {
  open(path: string): number | Promise<number>;
  /** Answers how many bytes there were. */
  read(file: number, into: Buffer): number | Promise<number>;
}

/** By asking another thread, which takes longer than a file that was just written takes to be read. */
const asking: Reading = {
  open: (path) => promisify(fs.open)(path, 'r'),
  read: async (file, into) => (await promisify(fs.read)(file, into, 0, into.length, null)).bytesRead,
};

const waiting: Reading = {
  open: (path) => fs.openSync(path, 'r'),
  read: (file, into) => fs.readSync(file, into),
};

/** A file piece by piece, until it is read to its end or nobody wants more of it. */
class Pieces implements AsyncIterableIterator<Uint8Array> {
  readonly #file: number;
  readonly #reading: Reading;
  #left: number;
  #last: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  constructor(file: number, reading: Reading) {
    this.#file = file;
    this.#reading = reading;
    this.#left = fs.fstatSync(file).size;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const next = this.#next();
    this.#last = next;
    return next;
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#left === 0) return this.#end();
    const into = Buffer.allocUnsafeSlow(Math.min(this.#left, READ_BYTES));
    const bytes = await this.#reading.read(this.#file, into);
    this.#left = bytes === 0 ? 0 : this.#left - bytes;
    if (bytes === 0) return this.#end();
    return { done: false, value: bytes < into.length ? into.subarray(0, bytes) : into };
  }

  /** Not while another thread reads: the number of the file might be given to another one meanwhile. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#last.catch(() => undefined);
    return this.#end();
  }

  #end(): IteratorReturnResult<undefined> {
    if (this.#isOpen) fs.closeSync(this.#file);
    this.#isOpen = false;
    this.#left = 0;
    return { done: true, value: undefined };
  }
}

/** The first bytes do not wait for the file to be open. */
async function writeAll(opening: Promise<FileHandle>, source: AsyncIterable<Uint8Array>): Promise<Written> {
  const hash = createHash('sha256');
  const writer = new Writer(opening);
  for await (const chunk of source) {
    hash.update(chunk);
    await writer.add(chunk);
  }
  await writer.end();
  // With what is needed to find the bytes again, their number above all (fdatasync(2)).
  await (await opening).datasync();
  return { size: writer.size, sha256: hash.digest('hex') };
}

/** A full disk may take less than all in one call; what it then refuses, it says. */
async function writeOut(file: FileHandle, chunks: readonly Uint8Array[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(chunks);
  if (bytesWritten < bytes) await file.appendFile(Buffer.concat(chunks).subarray(bytesWritten));
}

/** So many bytes are written at once: while the disk has them, the next ones arrive. */
const BATCH_BYTES = 256 * 1024;

class Writer {
  /** Of all that was added. */
  size = 0;
  readonly #opening: Promise<FileHandle>;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(opening: Promise<FileHandle>) {
    this.#opening = opening;
  }

  async add(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    this.size += chunk.byteLength;
    if (this.#bytes >= BATCH_BYTES) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#writing;
  }

  async #flush(): Promise<void> {
    const chunks = this.#chunks;
    const bytes = this.#bytes;
    this.#chunks = [];
    this.#bytes = 0;
    await this.#writing;
    this.#writing = writeOut(await this.#opening, chunks, bytes);
    // Whoever waits for it next hears of a failure.
    this.#writing.catch(() => undefined);
  }
}

/** Makes the names in a folder durable. Who comes while the disk is at it shares the next time with the others. */
class FolderSync {
  readonly #path: string;
  #folder: FileHandle | undefined;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when every name that is there by now is durable. */
  sync(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#last.catch(() => undefined).then(() => this.#begin());
      this.#last = this.#next;
    }
    return this.#next;
  }

  async #begin(): Promise<void> {
    this.#next = undefined;
    this.#folder ??= await open(this.#path, 'r');
    await this.#folder.sync();
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#folder?.close();
    this.#folder = undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function gone(cause?: unknown): HealthosError {
  return new HealthosError('message/body-gone', 'The body of this message is no longer kept.', { cause });
}

/** A failure of the source is passed on as it is: only the disk's own errors are ours. */
function asObjectError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!noRoom.has(code)) return error;
  const message = `The disk of the data folder has no room for a large body (${code}): free some space there.`;
  return new HealthosError('bus/full', message, { cause: error, retryAfter: 5 });
}
