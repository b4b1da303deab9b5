/** What was read of a data set: where its values lie in the bytes. */
import dicomParser from 'dicom-parser';

export interface Element {
  readonly tag: number;
  readonly vr: string;
  /** Where the value begins, and how long it is in bytes; 0xffffffff where the length is undefined. */
  readonly offset: number;
  readonly length: number;
  /** The items of a sequence, else null. */
  readonly items: DataSet[] | null;
  /** What encapsulated pixel data consist of, the offset table first; else null. */
  readonly fragments: Fragment[] | null;
  /** Its values, once somebody asked for them: many conditions ask for the same. */
  values: readonly string[] | null;
}

/** An item of encapsulated pixel data: where its value begins, and its length in bytes. */
export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

export class DataSet {
  readonly elements = new Map<number, Element>();
  /** The data set that holds the sequence of which this one is an item (numbered from 1); null for the root. */
  readonly parent: DataSet | null;
  readonly sequence: number;
  readonly item: number;
  /** The greatest tag so far. */
  lastTag = -1;
  /** False where the bytes ended before the data set did: what is missing after `lastTag` may only be unread. */
  isComplete = true;

  constructor(parent: DataSet | null = null, sequence = 0, item = 0) {
    this.parent = parent;
    this.sequence = sequence;
    this.item = item;
  }
}

/** The bytes of a data set, and how numbers lie in them. */
export interface Source {
  readonly bytes: Buffer;
  readonly isBigEndian: boolean;
}

export function readUint16({ bytes, isBigEndian }: Source, at: number): number {
  const reader = isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  return reader.readUint16(bytes, at);
}

export function readUint32({ bytes, isBigEndian }: Source, at: number): number {
  const reader = isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  return reader.readUint32(bytes, at);
}

const MOST_TEXT = 1024;

/**
 * The beginning (1 KiB) of a text of the default repertoire, without its padding. Empty for no element, and for one that
 * is not there to its end.
 */
export function readText({ bytes }: Source, element: Element | undefined): string {
  if (element === undefined || element.offset + element.length > bytes.length) return '';
  const length = Math.min(element.length, MOST_TEXT);
  return withoutPadding(bytes.toString('latin1', element.offset, element.offset + length));
}

const numbers: ReadonlyMap<string, (source: Source, at: number) => string> = new Map([
  ['US', (source: Source, at: number) => String(readUint16(source, at))],
  ['UL', (source: Source, at: number) => String(readUint32(source, at))],
  [
    'AT',
    (source: Source, at: number) => hexTag(readUint16(source, at) * 0x10000 + readUint16(source, at + 2)),
  ],
]);

/** The values as text, from the first 1 KiB; numbers in decimal, tags in 8 hexadecimal digits. */
export function readValues(source: Source, element: Element): readonly string[] {
  return (element.values ??= decodeValues(source, element));
}

function decodeValues(source: Source, element: Element): readonly string[] {
  const read = numbers.get(element.vr);
  if (read === undefined) return readText(source, element).split('\\').map(withoutPadding);
  const size = element.vr === 'US' ? 2 : 4;
  const count = Math.min(element.length, MOST_TEXT, source.bytes.length - element.offset) / size;
  return Array.from({ length: Math.floor(count) }, (_, index) => read(source, element.offset + index * size));
}

/** Without spaces at its ends and NUL at its end: padding to an even length, and no part of a value. */
export function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\0')) end -= 1;
  let start = 0;
  while (start < end && text[start] === ' ') start += 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** `(0010,0010)`, as a location has it. */
export function formatTag(tag: number): string {
  const digits = hexTag(tag);
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}

export function hexTag(tag: number): string {
  return tag.toString(16).padStart(8, '0');
}

/** `(0010,0010)`, with the way to its data set: `(0040,a730)[1].(0008,0100)`. */
export function locate(set: DataSet, tag: number): string {
  const steps = [formatTag(tag)];
  for (let inner = set; inner.parent !== null; inner = inner.parent) {
    steps.push(`${formatTag(inner.sequence)}[${inner.item}]`);
  }
  return steps.reverse().join('.');
}

/** The way to an item: `(0040,a730)[1]`; empty for the root. */
export function locateItem(set: DataSet): string {
  return set.parent === null ? '' : `${locate(set.parent, set.sequence)}[${set.item}]`;
}
