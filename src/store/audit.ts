/**
 * The audit log: who did what through the admin API, when, from where, and with what result. Append-only JSON lines,
 * each on disk before the act is answered.
 */
import { open, type FileHandle } from 'node:fs/promises';
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

/** Opens the log, creating it for the owner alone. Rejects where the file cannot be opened. */
export async function openAudit(file: string): Promise<AuditLog> {
  const handle = await open(file, 'a+', 0o600);
  const { size } = await handle.stat();
  return new FileAuditLog(handle, size, await endsMidLine(handle, size));
}

/** A kill in the middle of a write leaves a torn line: the next entry then begins on a line of its own. */
async function endsMidLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

class FileAuditLog implements AuditLog {
  readonly #handle: FileHandle;
  #size: number;
  #torn: boolean;
  #waiting: string[] = [];
  #writing: Promise<boolean> | null = null;

  constructor(handle: FileHandle, size: number, torn: boolean) {
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
    const reader = new TailReader(this.#handle, positionOf(page.cursor, this.#size));
    const items: AuditEntry[] = [];
    while (items.length < page.limit) {
      const line = await reader.previousLine();
      if (line === undefined) return { items, next: null };
      const entry = parseEntry(line);
      if (entry !== undefined) items.push(entry);
    }
    return { items, next: reader.position === 0 ? null : String(reader.position) };
  }

  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#waiting.length > 0) await this.#write();
    await this.#handle.close();
  }

  #write(): Promise<boolean> {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#append(lines).finally(() => (this.#writing = null));
    return this.#writing;
  }

  async #append(lines: readonly string[]): Promise<boolean> {
    const bytes = Buffer.from((this.#torn ? '\n' : '') + lines.join(''));
    try {
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

function positionOf(cursor: string | undefined, size: number): number {
  if (cursor === undefined) return size;
  const position = Number(cursor);
  if (!/^[1-9]\d{0,15}$/.test(cursor) || position > size) throw new RangeError('not a cursor of this log');
  return position;
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
