/** DIMSE command sets: group 0000, in implicit VR little endian whatever the data set's transfer syntax is (PS3.7, 6.3.1). */

/** Fields by the number of their element. Those of VR US are numbers, all others text. */
export interface CommandSet {
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
}

/** PS3.7, annex E. */
export const field = {
  affectedSopClass: 0x0002,
  command: 0x0100,
  messageId: 0x0110,
  respondedTo: 0x0120,
  priority: 0x0700,
  dataSetType: 0x0800,
  status: 0x0900,
  errorComment: 0x0902,
  affectedSopInstance: 0x1000,
} as const;

/** PS3.7, E.1-1: (0000,0100). */
export const commandField = {
  storeRequest: 0x0001,
  storeResponse: 0x8001,
  echoRequest: 0x0030,
  echoResponse: 0x8030,
} as const;

/** PS3.7, annex C, and for C-STORE PS3.4, B.2.3. */
export const status = {
  success: 0x0000,
  processingFailure: 0x0110,
  invalidInstance: 0x0117,
  classNotSupported: 0x0122,
  notAuthorized: 0x0124,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
} as const;

/** (0000,0800): no data set follows. */
export const NO_DATA_SET = 0x0101;

const numberFields: ReadonlySet<number> = new Set([
  field.command,
  field.messageId,
  field.respondedTo,
  field.priority,
  field.dataSetType,
  field.status,
]);

/** Undefined where the bytes are no command set: another group, a length that leads beyond the end, a field cut off. */
export function parseCommand(bytes: Buffer): CommandSet | undefined {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 8 || bytes.readUInt16LE(at) !== 0) return undefined;
    const number = bytes.readUInt16LE(at + 2);
    const from = at + 8;
    at = from + bytes.readUInt32LE(at + 4);
    if (at > bytes.length) return undefined;
    if (!numberFields.has(number)) texts.set(number, unpadded(bytes.toString('latin1', from, at)));
    else if (at - from === 2) numbers.set(number, bytes.readUInt16LE(from));
    else return undefined;
  }
  return numbers.has(field.command) ? { numbers, texts } : undefined;
}

/** Fields in any order; they are written in that of their numbers, after the group's length (PS3.7, 6.3.1). */
export function encodeCommand(fields: ReadonlyMap<number, number | string>): Buffer {
  const elements = [...fields].toSorted(([a], [b]) => a - b).map(([number, value]) => encoded(number, value));
  const group = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(group.length);
  return Buffer.concat([element(0x0000, length), group]);
}

function encoded(number: number, value: number | string): Buffer {
  if (typeof value === 'string') return element(number, padded(number, value));
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return element(number, bytes);
}

function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

const uidFields: ReadonlySet<number> = new Set([field.affectedSopClass, field.affectedSopInstance]);

function padded(number: number, value: string): Buffer {
  const pad = uidFields.has(number) ? '\0' : ' ';
  return Buffer.from(value.length % 2 === 0 ? value : value + pad, 'latin1');
}

function unpadded(text: string): string {
  return text.replace(/[\0 ]+$/, '');
}
