/** Small DICOM objects for tests, made on the spot. */
import { fileHead } from '../../src/dicom/meta-group.ts';
import { uids } from '../../src/dicom/uids.ts';
import type { OutgoingObject } from '../../src/dimse/requestor.ts';

/** Secondary Capture Image Storage. */
export const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** An object of any data set: who receives it does not look into it. */
export function objectOf(dataSet: string | Buffer, more: Partial<OutgoingObject> = {}): OutgoingObject {
  return {
    sopClassUid: secondaryCapture,
    sopInstanceUid: '2.25.4711',
    transferSyntaxUid: uids.explicitLittleEndian,
    dataSet: Buffer.from(dataSet),
    ...more,
  };
}

export function fileOf({ dataSet, ...meta }: OutgoingObject): Buffer {
  return Buffer.concat([fileHead({ ...meta, sendingAe: 'TEST', receivingAe: 'HEALTHOS' }), dataSet]);
}

/** A study instance UID as an element in explicit VR little endian. */
export function studyElement(uid: string): Buffer {
  const value = uid.length % 2 === 0 ? uid : `${uid}\0`;
  return Buffer.concat([
    Buffer.from([0x20, 0x00, 0x0d, 0x00, 0x55, 0x49, value.length, 0]),
    Buffer.from(value),
  ]);
}

/** What follows the meta group, whose first element is its length. */
export function dataSetOf(file: Uint8Array): string {
  const bytes = Buffer.from(file);
  return bytes.subarray(144 + bytes.readUInt32LE(140)).toString('latin1');
}
