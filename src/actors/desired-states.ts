/**
 * What an operator wants of each connector, remembered across restarts of the process: a small JSON file in the data
 * folder, replaced as a whole (written, fsynced, renamed), so that a crash leaves the old one or the new one.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HealthosError } from '../errors.ts';

export type Desired = 'on' | 'off';

export interface DesiredStates {
  /** What an operator last wanted; undefined where none said anything, and the definition's `enabled` decides. */
  get(id: string): Desired | undefined;
  /** Resolves when it is on disk. Rejects with `data/unwritable`. */
  set(id: string, desired: Desired): Promise<void>;
}

/** Rejects with `data/foreign-version` where the file is not one of ours. */
export async function openDesiredStates(file: string): Promise<DesiredStates> {
  const states = parse(file, await readOrNothing(file));
  let writing: Promise<unknown> = Promise.resolve();
  return {
    get: (id) => states.get(id),
    set(id, desired) {
      states.set(id, desired);
      const written = writing.then(() => replace(file, serialise(states)));
      writing = written.catch(() => undefined);
      return written;
    },
  };
}

async function readOrNothing(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw unwritable(file, thrown);
  }
}

function parse(file: string, text: string | undefined): Map<string, Desired> {
  if (text === undefined) return new Map();
  try {
    const read: unknown = JSON.parse(text);
    if (
      typeof read === 'object' &&
      read !== null &&
      'version' in read &&
      read.version === 1 &&
      'desired' in read
    ) {
      return new Map(
        Object.entries(read.desired ?? {}).map(([id, wanted]) => [id, wanted === 'off' ? 'off' : 'on']),
      );
    }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new HealthosError('data/foreign-version', `${file} does not hold the desired states of connectors.`);
}

function serialise(states: ReadonlyMap<string, Desired>): string {
  return `${JSON.stringify({ version: 1, desired: Object.fromEntries(states) }, null, 2)}\n`;
}

async function replace(file: string, text: string): Promise<void> {
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

/** The rename itself is durable only once the folder is. */
async function syncFolder(folder: string): Promise<void> {
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
