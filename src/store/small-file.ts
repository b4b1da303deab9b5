/**
 * A small file of the data folder, read whole and replaced whole (written, fsynced, renamed), so that a crash leaves the old
 * one or the new one.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HealthosError } from '../errors.ts';

/** Undefined where there is none. Rejects with `data/unwritable`. */
export async function readSmallFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw unwritable(file, thrown);
  }
}

/** Resolves when it is on disk. Rejects with `data/unwritable`. */
export async function replaceSmallFile(file: string, text: string): Promise<void> {
  try {
    await write(`${file}.new`, text);
    await rename(`${file}.new`, file);
    await syncFolder(dirname(file));
  } catch (thrown) {
    throw unwritable(file, thrown);
  }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name that is new in a folder is durable only once the folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(file: string, cause: unknown): HealthosError {
  return new HealthosError('data/unwritable', `${file} cannot be read or written.`, { cause });
}
