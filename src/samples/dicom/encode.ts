/** Encodes synthetic DICOM files (PS3.5, 7 and PS3.10, 7), with room for defects. */
import { deflateRawSync } from 'node:zlib';

export type Value = string | number | readonly number[] | Buffer | readonly Attribute[][];
export interface Attribute {
  readonly tag: string;
  readonly vr: string;
  readonly value: Value;
}
export type Encoding = 'explicit' | 'implicit' | 'big-endian';

export interface Options {
  readonly syntax?: string;
  readonly encoding?: Encoding;
  /** The file meta information, where it is not as it should be. */
  readonly meta?: (meta: Attribute[]) => Attribute[];
  readonly finish?: (file: Buffer) => Buffer;
}

export const DEFLATED = '1.2.840.10008.1.2.1.99';
const EXPLICIT = '1.2.840.10008.1.2.1';

const longVrs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

/** An attribute; the VR `OB*` stands for encapsulated pixel data, whose items are encoded already. */
export function attribute(tag: string, vr: string, value: Value): Attribute {
  return { tag, vr, value };
}

/** An invented UID: below 2.25 stands any number of 128 bits (PS3.5, B.2). */
export function uid(suffix: string): string {
  return `2.25.17342960815${suffix.replaceAll('.', '0')}`;
}

export function encodeFile(set: readonly Attribute[], options: Options): Buffer {
  const { syntax = EXPLICIT, encoding = 'explicit', finish = (file: Buffer) => file } = options;
  const encoded = Buffer.concat(set.map((each) => encode(each, encoding)));
  const body = syntax === DEFLATED ? deflateRawSync(encoded) : encoded;
  return finish(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), encodeMeta(set, syntax, options), body]));
}

function encodeMeta(set: readonly Attribute[], syntax: string, { meta = (all) => all }: Options): Buffer {
  const valueOf = (tag: string): Value => set.find((candidate) => candidate.tag === tag)?.value ?? '';
  const attributes = meta([
    attribute('00020001', 'OB', Buffer.from([0, 1])),
    attribute('00020002', 'UI', valueOf('00080016')),
    attribute('00020003', 'UI', valueOf('00080018')),
    attribute('00020010', 'UI', syntax),
    attribute('00020012', 'UI', uid('0')),
    attribute('00020016', 'AE', 'PROBEKLINIK'),
  ]);
  const encoded = Buffer.concat(attributes.map((each) => encode(each, 'explicit')));
  return Buffer.concat([encode(attribute('00020000', 'UL', encoded.length), 'explicit'), encoded]);
}

function encode({ tag, vr, value }: Attribute, encoding: Encoding): Buffer {
  const isBig = encoding === 'big-endian';
  const isEncapsulated = vr.endsWith('*');
  const name = vr.slice(0, 2);
  const bytes = encodeValue(value, name, encoding);
  const length = isEncapsulated ? 0xffffffff : bytes.length;
  if (encoding === 'implicit') return Buffer.concat([encodeTag(tag, isBig), number32(length, isBig), bytes]);
  const head = [encodeTag(tag, isBig), Buffer.from(name)];
  const isLong = longVrs.has(name) || name === 'ZZ';
  const size = isLong ? [Buffer.alloc(2), number32(length, isBig)] : [number16(length, isBig)];
  return Buffer.concat([...head, ...size, bytes]);
}

function encodeValue(value: Value, vr: string, encoding: Encoding): Buffer {
  const isBig = encoding === 'big-endian';
  if (typeof value === 'number') return vr === 'UL' ? number32(value, isBig) : number16(value, isBig);
  if (typeof value === 'string') return padded(Buffer.from(value, 'latin1'), vr === 'UI' ? 0 : 0x20);
  if (Buffer.isBuffer(value)) return isBig && vr === 'OW' ? Buffer.from(value).swap16() : value;
  const items = value as readonly Attribute[][];
  return Buffer.concat(items.map((item) => encodeItem(item, encoding)));
}

function encodeItem(item: readonly Attribute[], encoding: Encoding): Buffer {
  const isBig = encoding === 'big-endian';
  const bytes = Buffer.concat(item.map((each) => encode(each, encoding)));
  return Buffer.concat([encodeTag('fffee000', isBig), number32(bytes.length, isBig), bytes]);
}

function padded(bytes: Buffer, padding: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([padding])]);
}

export function encodeTag(tag: string, isBig: boolean): Buffer {
  return Buffer.concat([
    number16(parseInt(tag.slice(0, 4), 16), isBig),
    number16(parseInt(tag.slice(4), 16), isBig),
  ]);
}

function number16(value: number, isBig: boolean): Buffer {
  const bytes = Buffer.alloc(2);
  if (isBig) bytes.writeUInt16BE(value);
  else bytes.writeUInt16LE(value);
  return bytes;
}

export function number32(value: number, isBig: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (isBig) bytes.writeUInt32BE(value);
  else bytes.writeUInt32LE(value);
  return bytes;
}
