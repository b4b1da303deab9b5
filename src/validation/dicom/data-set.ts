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
}

export class DataSet {
  readonly elements = new Map<number, Element>();
  /** The way to it, such as `(0040,a730)[1].`; empty at the root. */
  readonly path: string;
  /** The greatest tag so far. */
  lastTag = -1;
  /** False where the bytes ended before the data set did: what is missing after `lastTag` may only be unread. */
  isComplete = true;

  constructor(path: string) {
    this.path = path;
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

/** Without spaces at its ends and NUL at its end: padding to an even length, and no part of a value. */
export function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\0')) end -= 1;
  let start = 0;
  while (start < end && text[start] === ' ') start += 1;
  return text.slice(start, end);
}
