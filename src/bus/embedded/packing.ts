/** Packs messages for the way to the store's thread, and rows for the way back. */
import type { Headers } from '../../messages/envelope.ts';
import { header } from '../../messages/envelope.ts';
import type { PackedMessages, PackedRows } from './protocol.ts';

/** A message with its headers as JSON, ready to be packed. */
export interface Draft {
  readonly subject: string;
  readonly headers: string;
  readonly body: Uint8Array;
  readonly key: string | undefined;
  readonly ref: string | undefined;
}

/** The numbers that a packed message has in its layout, and those that a packed row has. */
export const PACKED_FIELDS = 3;
export const ROW_FIELDS = 7;

export const NO_BYTES = new Uint8Array(0);

export function draft(subject: string, headers: Headers, body: Uint8Array, key: string | undefined): Draft {
  return { subject, headers: headersText(headers, key), body, key, ref: headers[header.bodyRef] };
}

/** A verdict on its way: only what it adds to the headers of its message, where that is all that it does to them. */
export function forwardDraft(subject: string, headers: Headers, original: Headers, key: string): Draft {
  const text = additionsText(headers, original, key) ?? headersText(headers, key);
  return { subject, headers: text, body: NO_BYTES, key, ref: headers[header.bodyRef] };
}

/**
 * Members that go before the closing brace of the original's JSON: they begin with a comma, which tells them from whole
 * headers. Where a name comes twice its last value holds, as JSON.parse has it. Undefined where a header is taken away.
 */
function additionsText(headers: Headers, original: Headers, key: string): string | undefined {
  const names = Object.keys(original);
  if (names.length === 0 || names.some((name) => !Object.hasOwn(headers, name))) return undefined;
  let text = `,"${header.msgId}":${JSON.stringify(key)}`;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== original[name] && name !== header.msgId)
      text += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return text;
}

const COMMA = 0x2c;
const CLOSING_BRACE = Buffer.from('}');

/** Are these additions to another row's headers, rather than headers? */
export function areAdditions(written: Uint8Array): boolean {
  return written[0] === COMMA;
}

/** The headers that result from additions to a row's headers. */
export function withAdditions(original: Uint8Array, additions: Uint8Array): Uint8Array {
  return Buffer.concat([original.subarray(0, -1), additions, CLOSING_BRACE]);
}

/** The duplicate key is kept as a header, as JetStream keeps it: it stands last, and so is the one that holds. */
function headersText(headers: Headers, key: string | undefined): string {
  const text = JSON.stringify(headers);
  if (key === undefined) return text;
  const last = `"${header.msgId}":${JSON.stringify(key)}}`;
  return text === '{}' ? `{${last}` : `${text.slice(0, -1)},${last}`;
}

/** How messages will lie in a buffer, end to end. */
export type Layout = Omit<PackedMessages, 'bytes'>;

export function packMessages(drafts: readonly Draft[]): PackedMessages {
  const layout = layOut(drafts);
  // A buffer of its own, outside the pool: it is transferred.
  const bytes = Buffer.allocUnsafeSlow(bytesOf(layout));
  fill(bytes, 0, drafts, layout);
  return { ...layout, bytes };
}

export function layOut(drafts: readonly Draft[]): Layout {
  const subjects: string[] = [];
  const layout: number[] = [];
  const keys: (readonly [number, string])[] = [];
  const refs: (readonly [number, string])[] = [];
  let allHeaders = 0;
  for (const [i, message] of drafts.entries()) {
    const headerBytes = Buffer.byteLength(message.headers);
    layout.push(indexOf(subjects, message.subject), headerBytes, message.body.byteLength);
    allHeaders += headerBytes;
    if (message.key !== undefined) keys.push([i, message.key]);
    if (message.ref !== undefined) refs.push([i, message.ref]);
  }
  return { subjects, layout, headerBytes: allHeaders, keys, refs };
}

/** The bytes of all headers and bodies. */
export function bytesOf({ layout, headerBytes }: Layout): number {
  let bytes = headerBytes;
  for (let i = 0; i < layout.length; i += PACKED_FIELDS) bytes += layout[i + 2] ?? 0;
  return bytes;
}

/** A batch has a handful of subjects: looking along the list is quicker than a map. */
export function indexOf(subjects: string[], subject: string): number {
  const found = subjects.indexOf(subject);
  return found >= 0 ? found : subjects.push(subject) - 1;
}

/** All headers, then all bodies. */
export function fill(target: Buffer, start: number, drafts: readonly Draft[], { headerBytes }: Layout): void {
  let headerAt = start;
  let bodyAt = start + headerBytes;
  for (const { headers, body } of drafts) {
    headerAt += target.write(headers, headerAt);
    target.set(body, bodyAt);
    bodyAt += body.byteLength;
  }
}

export function transferOf(packed: { readonly bytes: Uint8Array }): ArrayBuffer[] {
  return packed.bytes.buffer instanceof ArrayBuffer ? [packed.bytes.buffer] : [];
}

/** A stored message as it is packed for a reader. */
export interface RowToPack {
  readonly headers: Uint8Array;
  readonly body: Uint8Array;
  readonly seq: number;
  readonly subject: string;
  readonly storedAt: number;
  readonly attempt: number;
  /** The bytes of the whole body, also where it is not packed. */
  readonly size: number;
}

export function packRows(rows: readonly RowToPack[]): PackedRows {
  const subjects: string[] = [];
  const layout: number[] = [];
  let size = 0;
  for (const row of rows) {
    const { byteLength: headerBytes } = row.headers;
    const { byteLength: bodyBytes } = row.body;
    const subject = indexOf(subjects, row.subject);
    layout.push(row.seq, subject, row.storedAt, row.attempt, headerBytes, bodyBytes, row.size);
    size += headerBytes + bodyBytes;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const row of rows) {
    bytes.set(row.headers, at);
    bytes.set(row.body, at + row.headers.byteLength);
    at += row.headers.byteLength + row.body.byteLength;
  }
  return { subjects, layout, bytes };
}

/** Calls back with each row. */
export function eachRow(packed: PackedRows, visit: (row: RowToPack) => void): void {
  const { subjects, layout, bytes } = packed;
  let at = 0;
  for (let i = 0; i < layout.length; i += ROW_FIELDS) {
    const body = at + (layout[i + 4] ?? 0);
    const end = body + (layout[i + 5] ?? 0);
    visit({
      seq: layout[i] ?? 0,
      subject: subjects[layout[i + 1] ?? 0] ?? '',
      storedAt: layout[i + 2] ?? 0,
      attempt: layout[i + 3] ?? 0,
      headers: bytes.subarray(at, body),
      body: bytes.subarray(body, end),
      size: layout[i + 6] ?? 0,
    });
    at = end;
  }
}

/** Headers as they were published, from their JSON. */
export function parseHeaders(bytes: Uint8Array): Headers {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const parsed: unknown = JSON.parse(text);
  return isHeaders(parsed) ? parsed : {};
}

function isHeaders(value: unknown): value is Headers {
  return typeof value === 'object' && value !== null;
}
