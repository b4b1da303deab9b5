/** Reads of the beginning of a file who it is: no more than its meta group and, where asked for, its study. */
import { constants, inflateRawSync } from 'node:zlib';
import { isUid, uids } from './uids.ts';

export interface FileIdentity {
  /** Undefined where the meta group does not say it, or says no UID. */
  readonly sopClassUid: string | undefined;
  readonly sopInstanceUid: string | undefined;
  readonly transferSyntaxUid: string | undefined;
  /** Where the data set begins. */
  readonly dataSetAt: number;
}

const PREAMBLE_BYTES = 128;
const UNDEFINED_LENGTH = 0xffff_ffff;
const SOP_CLASS = 0x0002_0002;
const SOP_INSTANCE = 0x0002_0003;
const TRANSFER_SYNTAX = 0x0002_0010;
const STUDY_INSTANCE = 0x0020_000d;
const ITEM_DELIMITER = 0xfffe_e00d;
const SEQUENCE_DELIMITER = 0xfffe_e0dd;
/** Deflate makes at most 1,032 bytes of one: what comes of so many is bounded. */
const DEFLATED_BYTES = 8 * 1024;

/** Undefined where the bytes do not begin as PS3.10, 7.1 has it. */
export function identityOf(bytes: Buffer): FileIdentity | undefined {
  if (bytes.toString('latin1', PREAMBLE_BYTES, PREAMBLE_BYTES + 4) !== 'DICM') return undefined;
  const found = new Map<number, string>();
  let dataSetAt = PREAMBLE_BYTES + 4;
  for (const element of elements(bytes, dataSetAt, explicitLittle)) {
    if (element.tag >>> 16 !== 0x0002) break;
    found.set(element.tag, uidAt(bytes, element));
    dataSetAt = element.to;
  }
  const uid = (tag: number) => [found.get(tag) ?? ''].find(isUid);
  return {
    sopClassUid: uid(SOP_CLASS),
    sopInstanceUid: uid(SOP_INSTANCE),
    transferSyntaxUid: uid(TRANSFER_SYNTAX),
    dataSetAt,
  };
}

/** The study instance UID; undefined where it is not in the bytes that are here. */
export function studyOf(bytes: Buffer, { transferSyntaxUid, dataSetAt }: FileIdentity): string | undefined {
  const dataSet = bytes.subarray(dataSetAt);
  if (transferSyntaxUid === uids.deflatedLittleEndian) return studyIn(inflated(dataSet), explicitLittle);
  if (transferSyntaxUid === uids.implicitLittleEndian)
    return studyIn(dataSet, { ...explicitLittle, isImplicit: true });
  const isBigEndian = transferSyntaxUid === uids.explicitBigEndian;
  return studyIn(dataSet, { isImplicit: false, isBigEndian });
}

interface Encoding {
  readonly isImplicit: boolean;
  readonly isBigEndian: boolean;
}

const explicitLittle: Encoding = { isImplicit: false, isBigEndian: false };

function studyIn(bytes: Buffer, encoding: Encoding): string | undefined {
  for (const element of elements(bytes, 0, encoding)) {
    if (element.tag > STUDY_INSTANCE) return undefined;
    if (element.tag === STUDY_INSTANCE) return [uidAt(bytes, element)].find(isUid);
  }
  return undefined;
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes.subarray(0, DEFLATED_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

interface Element {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The elements of the outermost level whose values are here. One pass without recursion: within a sequence or an item of
 * undefined length only the beginnings and ends of those are counted (PS3.5, 7.5).
 */
function* elements(bytes: Buffer, start: number, encoding: Encoding): Generator<Element> {
  let depth = 0;
  for (let at = start; bytes.length - at >= 8;) {
    const { tag, from, length } = headAt(bytes, at, encoding);
    const isEnd = tag === ITEM_DELIMITER || tag === SEQUENCE_DELIMITER;
    const to = length === UNDEFINED_LENGTH ? from : from + length;
    if (to > bytes.length) return;
    if (length === UNDEFINED_LENGTH) depth += 1;
    else if (isEnd && depth > 0) depth -= 1;
    else if (depth === 0) yield { tag, from, to };
    at = to;
  }
}

/** Value representations with a length of 32 bits after two reserved bytes (PS3.5, 7.1.2). */
const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

function headAt(
  bytes: Buffer,
  at: number,
  { isImplicit, isBigEndian }: Encoding,
): { readonly tag: number; readonly from: number; readonly length: number } {
  const uint16 = (offset: number) => (isBigEndian ? bytes.readUInt16BE(offset) : bytes.readUInt16LE(offset));
  const uint32 = (offset: number) => (isBigEndian ? bytes.readUInt32BE(offset) : bytes.readUInt32LE(offset));
  const group = uint16(at);
  const tag = group * 0x10000 + uint16(at + 2);
  // Items and their ends have no value representation in any encoding.
  if (isImplicit || group === 0xfffe) return { tag, from: at + 8, length: uint32(at + 4) };
  if (!longVrs.has(bytes.toString('latin1', at + 4, at + 6)))
    return { tag, from: at + 8, length: uint16(at + 6) };
  // Cut off: a length that leads beyond the end.
  if (bytes.length - at < 12) return { tag, from: at + 12, length: 0 };
  return { tag, from: at + 12, length: uint32(at + 8) };
}

function uidAt(bytes: Buffer, { from, to }: Element): string {
  return bytes.toString('latin1', from, Math.min(to, from + 65)).replace(/[\0 ]+$/, '');
}
