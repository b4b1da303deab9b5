/** The DICOM file format (PS3.10, 7): preamble, file meta information, and where the data set begins. */
import { constants, inflateRawSync } from 'node:zlib';
import type { DataSet, Source } from './data-set.ts';
import { formatTag, readText, readUint16, readUint32 } from './data-set.ts';
import type { Encoding } from './dictionary.ts';
import { encodingOf, nameOf } from './dictionary.ts';
import type { Reading } from './reader.ts';
import { readDataSet } from './reader.ts';
import type { Find } from './rules.ts';
import { valueRepresentations } from './value-representations.ts';

const PREAMBLE = 128;
const MOST_INFLATED = 64 * 1024 * 1024;

const META_LENGTH = 0x00020000;
const TRANSFER_SYNTAX = 0x00020010;
const requiredMeta = [META_LENGTH, 0x00020001, 0x00020002, 0x00020003, TRANSFER_SYNTAX, 0x00020012];

/** The bytes, of which there may be more than were given: `size` is that of the whole. */
export interface File {
  readonly bytes: Buffer;
  readonly size: number;
}

/** The file meta information, and how to read the data set behind it. */
export interface Opened {
  readonly meta: DataSet | null;
  readonly metaSource: Source;
  readonly body: Pick<Reading, 'source' | 'start' | 'end' | 'isImplicit'>;
  /** Whether pixel data are encapsulated; null where the transfer syntax is not known. */
  readonly isEncapsulated: boolean | null;
}

/** Opens a file; null after a finding that says why it cannot be read. */
export function openFile(file: File, find: Find, visit: Reading['visit']): Opened | null {
  const start = findStart(file.bytes, find);
  const metaSource = { bytes: file.bytes, isBigEndian: false };
  if (start === null) return null;
  const metaEnd = endOfMeta(metaSource, start);
  const meta = metaEnd === start ? null : readMeta(file, start, metaEnd, find, visit);
  if (meta === null) find('dicom/meta-group', '', 'There is no file meta information (group 0002).');
  else checkMeta(meta, metaSource, metaEnd, find);
  const encoding = meta === null ? undefined : transferSyntax(meta, metaSource, find);
  const body = openBody(file, metaEnd, encoding, find);
  const isEncapsulated =
    encoding === undefined ? null : encoding === 'encapsulated' || encoding === 'deflated-image';
  return body === null ? null : { meta, metaSource, body, isEncapsulated };
}

/** Where the first element is: behind the preamble, or at the beginning of a file that lacks one. */
function findStart(bytes: Buffer, find: Find): number | null {
  if (bytes.toString('latin1', PREAMBLE, PREAMBLE + 4) === 'DICM') return PREAMBLE + 4;
  if (bytes.length >= 8 && isPlausible(bytes)) {
    find('dicom/preamble', '', 'The file does not begin with a preamble of 128 bytes and the prefix DICM.');
    return 0;
  }
  find(
    'dicom/unreadable',
    '',
    'The bytes are no DICOM file: there is neither the prefix DICM nor a data set.',
  );
  return null;
}

/** Whether the first tag is of one of the groups with which data sets begin. */
function isPlausible(bytes: Buffer): boolean {
  return [0x0002, 0x0004, 0x0008].some(
    (group) => bytes.readUInt16LE(0) === group || bytes.readUInt16BE(0) === group,
  );
}

/** Walks over group 0002, which is always in explicit VR little endian. */
function endOfMeta(source: Source, start: number): number {
  const { length } = source.bytes;
  let at = start;
  while (at + 8 <= length && readUint16(source, at) === 2) at = Math.min(endOfElement(source, at), length);
  return at;
}

function endOfElement(source: Source, at: number): number {
  const representation = valueRepresentations.get(source.bytes.toString('latin1', at + 4, at + 6));
  if (representation === undefined) return at + 8 + readUint32(source, at + 4);
  if (!representation.isLong) return at + 8 + readUint16(source, at + 6);
  return at + 12 > source.bytes.length ? source.bytes.length : at + 12 + readUint32(source, at + 8);
}

function readMeta(file: File, start: number, end: number, find: Find, visit: Reading['visit']): DataSet {
  const source = { bytes: file.bytes.subarray(0, end), isBigEndian: false };
  const wholeEnd = end === file.bytes.length ? Math.max(end, file.size) : end;
  return readDataSet({ source, start, end: wholeEnd, isImplicit: false, find, visit });
}

function checkMeta(meta: DataSet, source: Source, end: number, find: Find): void {
  for (const tag of requiredMeta) {
    const element = meta.elements.get(tag);
    if (element !== undefined && element.length > 0) continue;
    const [rule, fault] =
      element === undefined
        ? (['dicom/type1-missing', 'is missing from'] as const)
        : (['dicom/type1-empty', 'needs a value in'] as const);
    find(
      rule,
      formatTag(tag),
      `${nameOf(tag)} ${fault} the file meta information (Type 1).`,
      'DICOM PS3.10, Table 7.1-1',
    );
  }
  const length = meta.elements.get(META_LENGTH);
  if (length?.length !== 4 || !meta.isComplete) return;
  if (length.offset + 4 + readUint32(source, length.offset) !== end) {
    find(
      'dicom/meta-group',
      formatTag(META_LENGTH),
      'The group length does not lead to the end of the group.',
    );
  }
}

/** How the data set is encoded; undefined where nothing says so. */
function transferSyntax(meta: DataSet, source: Source, find: Find): Encoding | undefined {
  const element = meta.elements.get(TRANSFER_SYNTAX);
  if (element === undefined) return undefined;
  const encoding = encodingOf(readText(source, element));
  if (encoding === undefined) {
    const message =
      'The standard has no such transfer syntax; the data set is read as explicit VR little endian.';
    find('dicom/transfer-syntax', formatTag(TRANSFER_SYNTAX), message);
  }
  return encoding ?? 'explicit';
}

function openBody(
  file: File,
  start: number,
  encoding: Encoding | undefined,
  find: Find,
): Opened['body'] | null {
  const { bytes, size: end } = file;
  switch (encoding) {
    case undefined:
      return guessBody(file, start);
    case 'deflated':
      return inflateBody(file, start, find);
    case 'implicit':
      return { source: { bytes, isBigEndian: false }, start, end, isImplicit: true };
    case 'big-endian':
      return { source: { bytes, isBigEndian: true }, start, end, isImplicit: false };
    case 'explicit':
    case 'encapsulated':
    case 'deflated-image':
      return { source: { bytes, isBigEndian: false }, start, end, isImplicit: false };
  }
}

/** Without a transfer syntax the first element tells: a value representation is two letters. */
function guessBody({ bytes, size }: File, start: number): Opened['body'] {
  const isImplicit = !valueRepresentations.has(bytes.toString('latin1', start + 4, start + 6));
  const isBigEndian = start + 2 <= bytes.length && bytes.readUInt16LE(start) >= 0x0100;
  return { source: { bytes, isBigEndian }, start, end: size, isImplicit };
}

function inflateBody({ bytes, size }: File, start: number, find: Find): Opened['body'] | null {
  const isHead = size > bytes.length;
  try {
    const inflated = inflateRawSync(bytes.subarray(start), {
      maxOutputLength: MOST_INFLATED,
      finishFlush: isHead ? constants.Z_SYNC_FLUSH : constants.Z_FINISH,
    });
    const end = isHead ? Number.POSITIVE_INFINITY : inflated.length;
    return { source: { bytes: inflated, isBigEndian: false }, start: 0, end, isImplicit: false };
  } catch {
    find('dicom/deflate', '', 'The deflated data set cannot be inflated, or would be larger than 64 MiB.');
    return null;
  }
}
