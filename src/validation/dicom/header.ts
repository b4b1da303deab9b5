/** The head of an element: tag, value representation and length (PS3.5, 7.1). */
import type { Source } from './data-set.ts';
import { readUint16, readUint32 } from './data-set.ts';
import { attributeOf, isPrivate } from './dictionary.ts';
import { nameAt, valueRepresentations } from './value-representations.ts';

export const UNDEFINED_LENGTH = 0xffffffff;

export interface Header {
  readonly tag: number;
  readonly vr: string;
  readonly length: number;
  /** Where the value begins. */
  readonly offset: number;
  /** What is wrong with the value representation; null for nothing. */
  readonly fault: string | null;
}

/** Reads a tag at the offset, of which there have to be 4 bytes. */
export function readTag(source: Source, at: number): number {
  return readUint16(source, at) * 0x10000 + readUint16(source, at + 2);
}

/** Items and their delimiters have no value representation in any transfer syntax. */
export function isDelimiter(tag: number): boolean {
  return tag >>> 16 === 0xfffe;
}

/** Reads the head that begins at the offset; null where the bytes end before it does. */
export function readHeader(source: Source, at: number, end: number, isImplicit: boolean): Header | null {
  if (end - at < 8) return null;
  const tag = readTag(source, at);
  if (isImplicit || isDelimiter(tag)) return implicitHeader(source, at, tag, null);
  return explicitHeader(source, at, end, tag);
}

function implicitHeader(source: Source, at: number, tag: number, fault: string | null): Header {
  return { tag, vr: implicitVr(tag), length: readUint32(source, at + 4), offset: at + 8, fault };
}

/** Unknown letters stand for a value representation to come, with a length of 32 bits (PS3.5, 6.2). */
function explicitHeader(source: Source, at: number, end: number, tag: number): Header | null {
  const known = nameAt(source.bytes, at + 4);
  const vr = known ?? source.bytes.toString('latin1', at + 4, at + 6);
  const representation = known === undefined ? undefined : valueRepresentations.get(known);
  if (representation === undefined && !/^[A-Z]{2}$/.test(vr)) {
    const fault = 'There is no value representation: the transfer syntax promises an explicit one.';
    return implicitHeader(source, at, tag, fault);
  }
  if (representation?.isLong === false) {
    return { tag, vr, length: readUint16(source, at + 6), offset: at + 8, fault: null };
  }
  if (end - at < 12) return null;
  const fault = representation === undefined ? 'The standard has no such value representation.' : null;
  return { tag, vr, length: readUint32(source, at + 8), offset: at + 12, fault };
}

/** As the dictionary has it (PS3.5, 6.2.2 and annex A.1); UN for what it does not have. */
function implicitVr(tag: number): string {
  if (isPrivateCreator(tag)) return 'LO';
  if ((tag & 0xffff) === 0) return 'UL';
  const vrs = attributeOf(tag)?.vrs ?? [];
  return vrs.includes('OW') ? 'OW' : (vrs[0] ?? 'UN');
}

function isPrivateCreator(tag: number): boolean {
  const element = tag & 0xffff;
  return isPrivate(tag) && element >= 0x10 && element <= 0xff;
}
