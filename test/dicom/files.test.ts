/** The beginning of a file: what is written for an object from the network, and what is read of any. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { fileHead } from '../../src/dicom/meta-group.ts';
import { identityOf, studyOf } from '../../src/dicom/skim.ts';
import { uids } from '../../src/dicom/uids.ts';
import { listSamples, readSample } from '../../src/samples/index.ts';

const uid = fc.stringMatching(/^[1-9](\.[1-9][0-9]{0,5}){1,8}$/);

test('a head is read as it was written', (t) => {
  fc.assert(
    fc.property(uid, uid, uid, (sopClassUid, sopInstanceUid, transferSyntaxUid) => {
      const meta = { sopClassUid, sopInstanceUid, transferSyntaxUid };
      const head = fileHead({ ...meta, sendingAe: 'A', receivingAe: 'BC' });
      t.deepEqual(identityOf(head), { ...meta, dataSetAt: head.length });
    }),
  );
});

test('each good sample tells its study, in every encoding', (t) => {
  const good = listSamples().filter(({ format, valid }) => format === 'dicom' && valid);
  t.true(good.length > 5);
  for (const sample of good) {
    const file = readSample(sample);
    const identity = identityOf(file);
    t.truthy(identity?.sopInstanceUid, sample.name);
    t.truthy(identity && studyOf(file, identity), sample.name);
  }
});

test('whatever the bytes are, and wherever a file is cut off, nothing is thrown', (t) => {
  const file = readFileSync(new URL('../../src/samples/dicom/sr.dcm', import.meta.url));
  for (let end = 0; end <= file.length; end++) {
    const identity = identityOf(file.subarray(0, end));
    if (identity !== undefined) studyOf(file.subarray(0, end), identity);
  }
  const encodings = fc.constantFrom(...Object.values(uids));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), encodings, (bytes, transferSyntaxUid) => {
      studyOf(Buffer.from(bytes), {
        transferSyntaxUid,
        dataSetAt: 0,
        sopClassUid: undefined,
        sopInstanceUid: undefined,
      });
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
