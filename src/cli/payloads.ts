/** Payload files: named, found in folders, or standard input; and the messages in them. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileFault } from '../config/substitute.ts';
import type { Format } from '../messages/envelope.ts';
import { CliError, usageError } from './errors.ts';

/** As it was given, or as found under the folder that was given; `-` for standard input. */
export type PayloadPath = string;

/** Every file that the paths lead to, in order; hidden ones only where they are named. Throws a usage error. */
export function findPayloads(paths: readonly string[]): readonly PayloadPath[] {
  const found = paths.flatMap((path) => (path === '-' ? [path] : filesAt(path)));
  if (found.length === 0) throw usageError(`There is no file in ${paths.join(', ')}.`);
  if (found.filter((path) => path === '-').length > 1) throw usageError('Standard input can be read once.');
  return found;
}

function filesAt(path: string): string[] {
  try {
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  } catch (thrown) {
    throw usageError(`${path} cannot be read (${fileFault(thrown)}).`);
  }
}

/** Links to folders are not followed: they could lead round in a circle. */
function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    const isFile = entry.isFile() || (entry.isSymbolicLink() && isLinkToFile(path));
    return isFile ? [path] : [];
  });
}

function isLinkToFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

export async function readPayload(path: PayloadPath): Promise<Buffer<ArrayBuffer>> {
  try {
    return path === '-' ? Buffer.from(await buffer(process.stdin)) : await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** How many bytes to have of a file of that size, given those at its beginning; no more than those where it is enough. */
export type Wanted = (bytes: Uint8Array, size: number) => number;

/** The beginning of a file, as much of it as is wanted, and the size of the whole; standard input is read to its end. */
export async function readPayloadHead(
  path: PayloadPath,
  wanted: Wanted,
): Promise<{ readonly bytes: Buffer; readonly size: number }> {
  if (path === '-') return whole(await readPayload(path));
  try {
    await using file = await open(path);
    const status = await file.stat();
    // What is no file of a known size (a pipe, a device) is read to its end.
    if (!status.isFile() || status.size === 0) return whole(await file.readFile());
    return await readHead(file, status.size, wanted);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function readHead(
  file: FileHandle,
  size: number,
  wanted: Wanted,
): Promise<{ readonly bytes: Buffer; readonly size: number }> {
  let head = Buffer.alloc(0);
  for (let next = wanted(head, size); next > head.length; next = wanted(head, size)) {
    const more = Buffer.allocUnsafe(Math.min(next, size) - head.length);
    const { bytesRead } = await file.read(more, 0, more.length, head.length);
    head = Buffer.concat([head, more.subarray(0, bytesRead)]);
    if (bytesRead === 0 || head.length === size) break;
  }
  return { bytes: head, size };
}

function whole(bytes: Buffer): { readonly bytes: Buffer; readonly size: number } {
  return { bytes, size: bytes.length };
}

function unreadable(path: PayloadPath, cause: unknown): CliError {
  return new CliError(2, `${path} cannot be read (${fileFault(cause)}).`, { cause });
}

/**
 * The messages in a file, in order: of an HL7 batch each from its MSH on, of NDJSON each line; else the file is one
 * message, as it is. `format` is what it was said to be, where that was said.
 */
export function splitMessages(bytes: Buffer, format: Format | undefined): readonly Uint8Array[] {
  if ((format ?? 'hl7v2') === 'hl7v2') {
    const messages = splitHl7(bytes);
    if (messages.length > 0) return messages;
  }
  if ((format ?? 'fhir') === 'fhir') {
    const lines = splitLines(bytes);
    if (lines.length > 0) return lines;
  }
  return [bytes];
}

const CR = 0x0d;
const LF = 0x0a;
/** HL7 v2 chapter 2, 2.10.3: FHS, BHS before, BTS, FTS after the messages of a batch. */
const envelopes = ['FHS', 'BHS', 'BTS', 'FTS'];

/** Empty where the bytes are no HL7, or one message. MLLP's start and end blocks (0x0B, 0x1C) count as white space. */
function splitHl7(bytes: Buffer): Uint8Array[] {
  const start = skip(bytes, 0);
  const name = bytes.toString('latin1', start, start + 3);
  if (name !== 'MSH' && name !== 'FHS' && name !== 'BHS') return [];
  const marks = segmentStarts(bytes, start);
  const messages = marks.flatMap((mark, index): Uint8Array[] =>
    mark.name === 'MSH' ? [trimEnd(bytes.subarray(mark.at, marks[index + 1]?.at ?? bytes.length))] : [],
  );
  return marks.length === 1 ? [] : messages;
}

/** Where messages and envelopes of a batch begin: at the start of a line. */
function segmentStarts(bytes: Buffer, from: number): { at: number; name: string }[] {
  const marks: { at: number; name: string }[] = [];
  for (let at = from; at < bytes.length; at = nextLine(bytes, at)) {
    const name = bytes.toString('latin1', at, at + 3);
    if (name === 'MSH' || envelopes.includes(name)) marks.push({ at, name });
  }
  return marks;
}

function nextLine(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] !== CR && bytes[end] !== LF) end++;
  return skip(bytes, end);
}

/** The next byte that is neither white space, nor a byte order mark, nor one of MLLP's blocks. */
function skip(bytes: Buffer, from: number): number {
  let at = from === 0 && bytes.toString('latin1', 0, 3) === '\xef\xbb\xbf' ? 3 : from;
  while (at < bytes.length && isBlank(bytes[at] ?? 0)) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1c;
}

/** A message keeps the terminator of its last segment, and nothing after it. */
function trimEnd(message: Buffer): Buffer {
  let end = message.length;
  while (end > 0 && isBlank(message[end - 1] ?? 0)) end--;
  return message.subarray(0, Math.min(end + 1, message.length));
}

/** Empty unless there are two lines or more, of which the first is a JSON object by itself. */
function splitLines(bytes: Buffer): Uint8Array[] {
  const start = skip(bytes, 0);
  if (bytes[start] !== 0x7b) return [];
  const first = bytes.indexOf(LF, start);
  if (first < 0 || !isJson(bytes.subarray(start, first))) return [];
  const lines: Buffer[] = [];
  for (let at = start; at < bytes.length;) {
    const end = bytes.indexOf(LF, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    if (!line.every(isBlank)) lines.push(line);
    at = end < 0 ? bytes.length : end + 1;
  }
  return lines.length > 1 ? lines : [];
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
