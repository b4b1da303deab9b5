/** The items and sub-items of an association's PDUs (PS3.8, 9.3.2): a type, a reserved byte, a length of 16 bits, a value. */
import { abortReason, violation, type AssociationFault } from './faults.ts';

export const itemType = {
  applicationContext: 0x10,
  contextRequest: 0x20,
  contextAccept: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
  maxLength: 0x51,
  implementationClass: 0x52,
  implementationVersion: 0x55,
} as const;

export interface Item {
  readonly type: number;
  readonly value: Buffer;
}

/** All items one after another. Throws an AssociationFault where a length leads beyond the end. */
export function readItems(bytes: Buffer): readonly Item[] {
  const items: Item[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 4) throw cutOff();
    const from = at + 4;
    const to = from + bytes.readUInt16BE(at + 2);
    if (to > bytes.length) throw cutOff();
    items.push({ type: bytes.readUInt8(at), value: bytes.subarray(from, to) });
    at = to;
  }
  return items;
}

export function item(type: number, ...value: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUInt16BE(
    value.reduce((size, { length }) => size + length, 0),
    2,
  );
  return Buffer.concat([head, ...value]);
}

/** UIDs are not padded here (PS3.8, annex F), but some implementations do so. */
export function uidOf({ value }: Item): string {
  return value.toString('latin1').replace(/[\0 ]+$/, '');
}

export function uidItem(type: number, uid: string): Buffer {
  return item(type, Buffer.from(uid, 'latin1'));
}

function cutOff(): AssociationFault {
  return violation(abortReason.invalidParameter, 'An item of the association PDU is cut off.');
}
