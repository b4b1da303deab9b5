import test from 'ava';
import { attribute, encodeFile } from '../../../src/samples/dicom/encode.ts';
import { byTag, ct, put } from '../../../src/samples/dicom/objects.ts';
import { bytesWanted, HEAD_BYTES, MOST_HEAD_BYTES } from '../../../src/validation/dicom/head.ts';
import { examine } from './examine.ts';

/** A CT image behind a private value of so many bytes. */
function heavy(length: number): Buffer {
  const creator = attribute('00090010', 'LO', 'Probewerk ');
  return encodeFile([...ct(), creator, attribute('00091001', 'OB', Buffer.alloc(length))].sort(byTag), {});
}

/** How many bytes are read in the end. */
function read(whole: Buffer, size = whole.length): number {
  let length = 0;
  for (let next = bytesWanted(new Uint8Array(), size); next > length;) {
    length = Math.min(next, whole.length);
    next = bytesWanted(whole.subarray(0, length), size);
  }
  return length;
}

test('a small object is read whole', (t) => {
  const whole = encodeFile(ct(), {});
  t.is(read(whole), whole.length);
});

test('of a large one its beginning is read, if that leads to the pixels', (t) => {
  const whole = encodeFile(put(ct(), '7fe00010', 'OW', Buffer.alloc(4 * HEAD_BYTES)), {});
  t.is(read(whole), HEAD_BYTES);
});

test('more is read where the attributes need it', (t) => {
  const whole = Buffer.concat([heavy(3 * HEAD_BYTES), Buffer.alloc(9 * HEAD_BYTES)]);
  t.is(read(whole), 4 * HEAD_BYTES);
});

test('a value that no head could hold is not read, which is said', (t) => {
  const whole = heavy(2 * HEAD_BYTES);
  const at = whole.indexOf(Buffer.from([0x09, 0, 0x01, 0x10]));
  whole.writeUInt32LE(MOST_HEAD_BYTES, at + 8);
  const size = 2 * MOST_HEAD_BYTES;
  t.is(read(whole, size), HEAD_BYTES);
  const { issues } = examine(whole.subarray(0, HEAD_BYTES), 'strict', size);
  t.deepEqual(
    issues.map(({ rule, location }) => `${rule} ${location}`),
    ['dicom/unread (0009,1001)'],
  );
});

test('an object of more attributes than are ever read is judged by those, and it is said', (t) => {
  const values = Array.from({ length: 66 }, (_, index) =>
    attribute(`000910${index.toString(16).padStart(2, '0')}`, 'OB', Buffer.alloc(HEAD_BYTES)),
  );
  const creator = attribute('00090010', 'LO', 'Probewerk ');
  const whole = encodeFile([...ct(), creator, ...values].sort(byTag), {});
  const head = whole.subarray(0, read(whole));
  t.is(head.length, MOST_HEAD_BYTES);
  const { issues } = examine(head, 'strict', whole.length);
  t.true(issues.some(({ rule }) => rule === 'dicom/unread'));
});
