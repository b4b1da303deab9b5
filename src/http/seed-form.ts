/**
 * The seed's form of a message: a JSON object whose member `data` is the message as a string.
 *
 * It is read by one linear scan over the bytes that builds nothing: neither depth, nor the number of members, nor their
 * names cost more than their bytes. Only the string itself goes through JSON.parse.
 */
import { isUtf8 } from 'node:buffer';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const dataName = Buffer.from('"data"');
const resourceTypeName = Buffer.from('"resourceType"');

/** Where something was found that is no JSON. */
const NOWHERE = -1;

/**
 * The message in UTF-8; undefined where the body has another form: it is no object in JSON, `data` is missing or no
 * string, or a `resourceType` says that it is a FHIR resource (Binary has a `data` of its own).
 */
export function seedMessage(body: Uint8Array): Uint8Array | undefined {
  const bytes = asBuffer(body);
  const members = new Map<string, { readonly from: number; readonly to: number }>();
  if (!scanMembers(bytes, members) || members.has('resourceType')) return undefined;
  const data = members.get('data');
  return data === undefined ? undefined : stringAt(bytes, data.from, data.to);
}

/** Can a body that begins so be of the seed's form? No, where it is no object or begins as FHIR resources do. */
export function maybeSeedForm(head: Uint8Array): boolean {
  const bytes = asBuffer(head);
  const brace = skipSpace(bytes, start(bytes));
  if (bytes[brace] !== OPEN_BRACE) return false;
  const key = skipSpace(bytes, brace + 1);
  return nameAt(bytes, key, stringEnd(bytes, key)) !== 'resourceType';
}

/** Finds the members `data` and `resourceType` of the outermost object; false where the bytes are no object. */
function scanMembers(bytes: Buffer, found: Map<string, { from: number; to: number }>): boolean {
  let at = skipSpace(bytes, start(bytes));
  if (bytes[at] !== OPEN_BRACE) return false;
  do {
    const key = skipSpace(bytes, at + 1);
    const keyEnd = stringEnd(bytes, key);
    const colon = skipSpace(bytes, keyEnd);
    if (keyEnd === NOWHERE || bytes[colon] !== COLON) return false;
    const from = skipSpace(bytes, colon + 1);
    const to = valueEnd(bytes, from);
    if (to === NOWHERE) return false;
    const name = nameAt(bytes, key, keyEnd);
    if (name !== undefined) found.set(name, { from, to });
    at = skipSpace(bytes, to);
  } while (bytes[at] === COMMA);
  return bytes[at] === CLOSE_BRACE && skipSpace(bytes, at + 1) === bytes.length;
}

/** The names that matter, as everybody writes them; of other members only the extent is of interest. */
function nameAt(bytes: Buffer, from: number, to: number): 'data' | 'resourceType' | undefined {
  if (isAt(bytes, from, to, dataName)) return 'data';
  return isAt(bytes, from, to, resourceTypeName) ? 'resourceType' : undefined;
}

function isAt(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  return to - from === name.length && name.every((byte, i) => bytes[from + i] === byte);
}

function valueEnd(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return stringEnd(bytes, from);
  return first === OPEN_BRACE || first === OPEN_BRACKET ? nestedEnd(bytes, from) : wordEnd(bytes, from);
}

function stringEnd(bytes: Buffer, from: number): number {
  if (bytes[from] !== QUOTE) return NOWHERE;
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return NOWHERE;
}

/** The end of an object or array: a count of what is open, no recursion. */
function nestedEnd(bytes: Buffer, from: number): number {
  let open = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at) - 1;
      if (at < 0) return NOWHERE;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) open += 1;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --open === 0) return at + 1;
  }
  return NOWHERE;
}

/** The end of a number, `true`, `false` or `null`. */
function wordEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (isWord(bytes[at])) at += 1;
  return at === from ? NOWHERE : at;
}

function isWord(byte: number | undefined): boolean {
  return (
    byte !== undefined && ((byte >= 0x2b && byte <= 0x39 && byte !== COMMA) || (byte >= 0x41 && byte <= 0x7a))
  );
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** A byte order mark does not belong into JSON, and is ignored (RFC 8259, section 8.1). */
function start(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

function stringAt(bytes: Buffer, from: number, to: number): Uint8Array | undefined {
  const literal = bytes.subarray(from, to);
  if (literal[0] !== QUOTE || !isUtf8(literal)) return undefined;
  try {
    const text: unknown = JSON.parse(literal.toString());
    return typeof text === 'string' ? Buffer.from(text) : undefined;
  } catch {
    return undefined;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
