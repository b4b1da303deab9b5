/**
 * The audit log: who did what through the admin API, when, from where, and with what result. Append-only JSON lines,
 * each on disk before the act is answered; the oldest files go when there are too many.
 */
import type { FileHandle } from 'node:fs/promises';
import type { AuditDefinition } from '../config/definition.ts';
import { AuditFiles } from './audit-files.ts';
import { TailReader } from './audit-reader.ts';

/** One act. It names things by their ids and never holds what they contain. */
export interface AuditEntry {
  /** RFC 3339. */
  readonly at: string;
  /** The name of the caller's token, or `loopback` where none is configured. */
  readonly who: string;
  readonly role: string;
  /** Such as `connector.stop`, `message.body`, `message.replay`. */
  readonly what: string;
  /** The id of the connector or message that the act was for. */
  readonly target: string | null;
  /** The address that the request came from. */
  readonly from: string;
  /** `done`; `refused`: the caller may not, or not now; `failed`: it could not be done. */
  readonly result: 'done' | 'refused' | 'failed';
  /** The HTTP status of the answer. */
  readonly status: number;
  /** The code of the error; null where it was done. */
  readonly code: string | null;
  /** What more there is to say: the data id of a replay. */
  readonly detail: string | null;
  readonly request_id: string;
}

export interface AuditPage {
  /** Newest first. */
  readonly items: readonly AuditEntry[];
  /** Goes back into `list` for the entries before these; null at the beginning of the log. */
  readonly next: string | null;
}

export interface AuditLog {
  /**
   * Writes an entry down. Resolves true once it is on disk, false where it could not be written (a full disk): it is
   * then kept in memory, the newest 1,000 of them, and goes to disk with the next entry that does. Never rejects.
   */
  record(entry: AuditEntry): Promise<boolean>;
  /** Rejects with a RangeError where the cursor is not one of ours. */
  list(page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<AuditPage>;
  /** Waits for what was recorded, then closes the file. */
  close(): Promise<void>;
}

const KEPT_IN_MEMORY = 1000;

/** Opens the log whose first file this is. Rejects where it cannot be opened. */
export async function openAudit(file: string, limits: AuditDefinition): Promise<AuditLog> {
  const files = await AuditFiles.find(file, limits);
  const handle = await files.openNewest();
  await files.prune().catch(() => undefined);
  const { size } = await handle.stat();
  return new FileAuditLog(files, handle, size, await endsMidLine(handle, size));
}

/** A kill in the middle of a write leaves a torn line: the next entry then begins on a line of its own. */
async function endsMidLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

class FileAuditLog implements AuditLog {
  readonly #files: AuditFiles;
  #handle: FileHandle;
  #size: number;
  #torn: boolean;
  #waiting: string[] = [];
  #writing: Promise<boolean> | null = null;

  constructor(files: AuditFiles, handle: FileHandle, size: number, torn: boolean) {
    this.#files = files;
    this.#handle = handle;
    this.#size = size;
    this.#torn = torn;
  }

  /** What is recorded while a write is under way shares the next one, and its sync. */
  async record(entry: AuditEntry): Promise<boolean> {
    this.#waiting.push(JSON.stringify(entry) + '\n');
    if (this.#waiting.length > KEPT_IN_MEMORY) this.#waiting.shift();
    while (this.#writing !== null) await this.#writing;
    if (this.#waiting.length === 0) return true;
    return this.#write();
  }

  async list(page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<AuditPage> {
    const items: AuditEntry[] = [];
    let place: Place | undefined = this.#placeOf(page.cursor);
    while (place !== undefined && items.length < page.limit)
      place = await this.#read(place, page.limit, items);
    return { items, next: place === undefined ? null : `${place.file}-${place.position ?? 'end'}` };
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#waiting.length > 0) await this.#write();
    await this.#handle.close();
  }

  /** Adds the entries before a place, until there are enough. Answers where more are; undefined where there are none. */
  async #read({ file, position }: Place, limit: number, items: AuditEntry[]): Promise<Place | undefined> {
    const older = this.#files.before(file);
    const next = older === undefined ? undefined : { file: older };
    // Of the file that is written, as far as it is whole now: it may have a successor when it is open.
    const written = file === this.#files.newest ? this.#size : undefined;
    const handle = await this.#files.openToRead(file);
    if (handle === undefined) return next;
    try {
      const end = written ?? (await handle.stat()).size;
      const left = await readBack(handle, Math.min(position ?? end, end), limit, items);
      return left === 0 ? next : { file, position: left };
    } finally {
      await handle.close();
    }
  }

  #placeOf(cursor: string | undefined): Place {
    const { newest } = this.#files;
    if (cursor === undefined) return { file: newest };
    const [, file, position] = /^(\d{1,15})-([1-9]\d{0,15}|end)$/.exec(cursor) ?? [];
    if (file === undefined || Number(file) > newest) throw new RangeError('not a cursor of this log');
    return position === 'end' ? { file: Number(file) } : { file: Number(file), position: Number(position) };
  }

  #write(): Promise<boolean> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#append(lines).finally(() => (this.#writing = null));
    return this.#writing;
  }

  async #beginNext(): Promise<void> {
    const full = this.#handle;
    this.#handle = await this.#files.openNext();
    this.#size = 0;
    this.#torn = false;
    await full.close();
    await this.#files.prune().catch(() => undefined);
  }

  async #append(lines: readonly string[]): Promise<boolean> {
    const bytes = Buffer.from((this.#torn ? '\n' : '') + lines.join(''));
    try {
      if (this.#files.isFull(this.#size, bytes.length)) await this.#beginNext();
      await this.#handle.appendFile(bytes);
      await this.#handle.datasync();
      this.#size += bytes.length;
      this.#torn = false;
      return true;
    } catch {
      this.#waiting = [...lines, ...this.#waiting].slice(-KEPT_IN_MEMORY);
      await this.#handle.truncate(this.#size).catch(() => (this.#torn = true));
      return false;
    }
  }
}

/** Before which entries are listed: from a position of a file on backwards, or from its end. */
interface Place {
  readonly file: number;
  readonly position?: number;
}

/** Adds the entries before the position, the last one first, until there are enough; answers the position that is left. */
async function readBack(
  handle: FileHandle,
  position: number,
  limit: number,
  items: AuditEntry[],
): Promise<number> {
  const reader = new TailReader(handle, position);
  while (items.length < limit) {
    const line = await reader.previousLine();
    if (line === undefined) break;
    const entry = parseEntry(line);
    if (entry !== undefined) items.push(entry);
  }
  return reader.position;
}

/** The entry on a line, or undefined for a line that was torn. */
function parseEntry(line: string): AuditEntry | undefined {
  try {
    // Only this module writes the file, so a line that is whole is an entry.
    return JSON.parse(line) as AuditEntry;
  } catch {
    return undefined;
  }
}
