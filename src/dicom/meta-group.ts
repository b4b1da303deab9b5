/** The beginning of a DICOM file (PS3.10, 7.1): preamble, prefix, and the file meta information, group 0002. */
import { implementationClassUid, implementationVersion } from './uids.ts';

/** What the network says of an object whose data set it brings. */
export interface FileMeta {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** The application entity that sent it, and the one that it was sent to. */
  readonly sendingAe: string;
  readonly receivingAe: string;
}

const PREAMBLE_BYTES = 128;

export function fileHead(meta: FileMeta): Buffer {
  const group = Buffer.concat([
    element(0x0001, 'OB', Buffer.from([0x00, 0x01])),
    element(0x0002, 'UI', uid(meta.sopClassUid)),
    element(0x0003, 'UI', uid(meta.sopInstanceUid)),
    element(0x0010, 'UI', uid(meta.transferSyntaxUid)),
    element(0x0012, 'UI', uid(implementationClassUid)),
    element(0x0013, 'SH', text(implementationVersion)),
    element(0x0017, 'AE', text(meta.sendingAe)),
    element(0x0018, 'AE', text(meta.receivingAe)),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(group.length);
  const start = Buffer.alloc(PREAMBLE_BYTES + 4);
  start.write('DICM', PREAMBLE_BYTES, 'latin1');
  return Buffer.concat([start, element(0x0000, 'UL', length), group]);
}

/** Explicit VR little endian, whatever the data set's transfer syntax is (PS3.10, 7.1; PS3.5, 7.1.2). */
function element(number: number, vr: string, value: Buffer): Buffer {
  const isLong = vr === 'OB';
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(0x0002, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

/** Values have an even length: UIDs are padded with a zero byte, text with a space (PS3.5, 6.2). */
function uid(value: string): Buffer {
  return Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');
}

function text(value: string): Buffer {
  return Buffer.from(value.length % 2 === 0 ? value : `${value} `, 'latin1');
}
