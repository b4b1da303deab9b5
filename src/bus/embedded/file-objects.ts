/** The object store as a folder: one file an object, written, synced and renamed before anybody learns its name. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthosError } from '../../errors.ts';
import type { ObjectStore } from '../message-bus.ts';
import type { Refusal } from './protocol.ts';
import { asError } from './publisher.ts';

/** References are ours: nothing else names a file of the folder. */
const reference = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

interface Written {
  readonly size: number;
  readonly sha256: string;
}

export class FileObjects implements ObjectStore {
  readonly #folder: string;
  readonly #refusal: () => Refusal | undefined;

  constructor(folder: string, refusal: () => Refusal | undefined) {
    this.#folder = folder;
    this.#refusal = refusal;
  }

  async put(source: AsyncIterable<Uint8Array>): Promise<{ ref: string } & Written> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw asError(refusal);
    const ref = randomUUID();
    const draft = join(this.#folder, `${ref}.part`);
    try {
      const written = await writeDurably(draft, source);
      await rename(draft, join(this.#folder, ref));
      await syncFolder(this.#folder);
      return { ref, ...written };
    } catch (error) {
      await rm(draft, { force: true });
      throw asObjectError(error);
    }
  }

  async get(ref: string): Promise<AsyncIterable<Uint8Array>> {
    if (!reference.test(ref)) throw gone();
    const file = await open(join(this.#folder, ref), 'r').catch((error: unknown) => {
      throw isMissing(error) ? gone(error) : error;
    });
    return createReadStream('', { fd: file, highWaterMark: 256 * 1024 });
  }
}

async function writeDurably(path: string, source: AsyncIterable<Uint8Array>): Promise<Written> {
  const file = await open(path, 'wx', 0o600);
  try {
    const written = await copy(source, file);
    await file.sync();
    return written;
  } finally {
    await file.close();
  }
}

async function copy(source: AsyncIterable<Uint8Array>, file: FileHandle): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.byteLength;
    await file.appendFile(chunk);
  }
  return { size, sha256: hash.digest('hex') };
}

/** The rename is durable once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
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
