/**
 * The data folder: all that the gateway keeps. It is the owner's alone (0700), says of which schema it is, and belongs to
 * one gateway at a time.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HealthosError } from '../errors.ts';

/** The version of everything below the folder. Raise it when an older gateway could no longer read the newer files. */
export const SCHEMA_VERSION = 2;

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** The stream, its consumers and its duplicate window (SQLite). */
  readonly bus: string;
  /** A folder with a file for each large body. */
  readonly objects: string;
  /** The journal (SQLite): may be deleted while no gateway runs. */
  readonly journal: string;
  /** Which connectors an operator wants on or off. */
  readonly desired: string;
  /** The control numbers of interchanges that we send. */
  readonly controlNumbers: string;
  readonly audit: string;
  /** The id of the gateway to which the folder belongs: made with the folder, and the same as long as it is kept. */
  readonly gateway: string;
  /** Lets another gateway have the folder. */
  close(): void;
}

/**
 * Opens the folder, and creates it where there is none. Throws `data/unwritable`, `data/foreign-folder`,
 * `data/foreign-version` or `data/locked`. The lock ends with the process, however that ends.
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = resolve(folder);
  try {
    await createFolder(join(path, 'objects'));
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    await makePrivate(path);
    await checkVersion(path);
  } catch (error) {
    throw asFolderError(path, error);
  }
  const lock = takeLock(path);
  const gateway = await gatewayOf(path).catch((error: unknown) => {
    lock.close();
    throw asFolderError(path, error);
  });
  return {
    path,
    bus: join(path, 'bus.db'),
    objects: join(path, 'objects'),
    journal: join(path, 'journal.db'),
    desired: join(path, 'desired.json'),
    controlNumbers: join(path, 'control-numbers.json'),
    audit: join(path, 'audit.jsonl'),
    gateway,
    close: () => lock.close(),
  };
}

/** Level by level: Node's recursive `mkdir` never ends where a level can neither be found nor made, as below `/proc`. */
async function createFolder(path: string): Promise<void> {
  try {
    await createLevel(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await createFolder(dirname(path));
    await createLevel(path);
  }
}

async function createLevel(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere || !(await stat(path)).isDirectory()) throw error;
  }
}

/** Only our own folder's mode is changed: whoever names a folder that holds other things keeps its mode. */
async function makePrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  const others = (await readdir(path)).filter((name) => name !== 'objects' && name !== 'lost+found');
  if (others.length > 0 && !others.includes('version')) throw foreignFolder(path);
  await chmod(path, 0o700);
}

function foreignFolder(path: string): HealthosError {
  return new HealthosError(
    'data/foreign-folder',
    `The folder ${path} holds other files and may be read by others; messages need a folder of their own: name an empty or a new one.`,
  );
}

async function checkVersion(path: string): Promise<void> {
  const file = join(path, 'version');
  const found = await readFile(file, 'utf8').catch((error: unknown) => ignoreMissing(error));
  if (found === undefined) return writeFile(file, `${SCHEMA_VERSION}\n`, { flush: true });
  if (found.trim() === String(SCHEMA_VERSION)) return;
  throw new HealthosError(
    'data/foreign-version',
    `The data folder ${path} is of another version than the ${SCHEMA_VERSION} that this gateway reads and writes; start the gateway that wrote it, or name another folder.`,
  );
}

/** Short enough for a name on a bus, long enough that no two gateways have the same. */
const GATEWAY_ID_BYTES = 6;

async function gatewayOf(path: string): Promise<string> {
  const file = join(path, 'gateway');
  const found = await readFile(file, 'utf8').catch((error: unknown) => ignoreMissing(error));
  if (found !== undefined && /^[0-9a-f]{12}$/.test(found.trim())) return found.trim();
  const made = randomBytes(GATEWAY_ID_BYTES).toString('hex');
  await writeFile(file, `${made}\n`, { flush: true });
  return made;
}

function ignoreMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The lock is one of SQLite's, held for life: the kernel gives it up when the process dies. */
function takeLock(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    throw asLockError(path, error);
  }
}

const SQLITE_BUSY = 5;

function asLockError(path: string, error: unknown): HealthosError {
  const busy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
  if (!busy) return asFolderError(path, error);
  return new HealthosError(
    'data/locked',
    `Another gateway uses the data folder ${path}: stop that one first, or give this one another folder with --data.`,
    { cause: error },
  );
}

function asFolderError(path: string, error: unknown): HealthosError {
  if (error instanceof HealthosError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new HealthosError(
    'data/unwritable',
    `The data folder ${path} cannot be written (${code}): make it a folder that this user may write, or name another one with --data.`,
    { cause: error },
  );
}
