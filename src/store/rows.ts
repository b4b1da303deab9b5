/** What comes out of SQLite, narrowed: a column of another type than expected reads as empty, never as a crash. */
import type { SQLOutputValue } from 'node:sqlite';

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function integer(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === 'number' ? value : 0;
}

export function text(row: Row | undefined, column: string): string | null {
  const value = row?.[column];
  return typeof value === 'string' ? value : null;
}

export function bytes(row: Row | undefined, column: string): Uint8Array | null {
  const value = row?.[column];
  return value instanceof Uint8Array ? value : null;
}

/** A data id as it is kept: 16 bytes, half of the index that text would need. */
export function idBytes(dataId: string): Uint8Array {
  return Buffer.from(dataId.replaceAll('-', ''), 'hex');
}

export function idText(id: Uint8Array | null): string {
  const hex = id === null ? '' : Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
