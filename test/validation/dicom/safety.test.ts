import test from 'ava';
import fc from 'fast-check';
import { listSamples, readSample } from '../../../src/samples/index.ts';
import { attribute, encodeFile, uid } from '../../../src/samples/dicom/encode.ts';
import type { Judged } from '../../../src/validation/judge.ts';
import { valueRepresentations } from '../../../src/validation/dicom/value-representations.ts';
import { examine } from './examine.ts';
import { examineMutations } from './mutations.ts';

const CANARY = 'CANARY7F3A';
const samples = listSamples().filter(({ format, valid }) => format === 'dicom' && valid);

/** What is shown of a verdict, as against searched. */
function shown({ version, type, issues }: Judged): string {
  return JSON.stringify({ version, type, issues });
}

test('any bytes get a verdict', (t) => {
  const head = readSample(samples[0] ?? t.fail()).subarray(0, 144);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, hasHead) => {
      t.true(examine(hasHead ? Buffer.concat([head, bytes]) : bytes).issuesTotal > 0);
    }),
    { numRuns: 500 },
  );
});

for (const sample of samples) {
  const whole = readSample(sample);

  test(`${sample.name} gets a verdict wherever it is cut off`, (t) => {
    for (let length = 0; length < whole.length; length += 1) {
      examine(whole.subarray(0, length));
      examine(whole.subarray(0, length), 'strict', whole.length);
    }
    t.pass();
  });

  test(`${sample.name} gets a verdict with any byte changed`, (t) => {
    for (let at = 128; at < whole.length; at += 1) {
      for (const byte of [0x00, 0x01, 0x41, 0xfe, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        examine(changed);
      }
    }
    t.pass();
  });
}

test('20,000 mutated files get a verdict (the bench makes millions)', (t) => {
  t.deepEqual(examineMutations(0, 20_000), []);
});

test('a file is read wherever it lies in memory', (t) => {
  const [sample] = samples;
  if (sample === undefined) return t.fail();
  const bytes = new Uint8Array(readSample(sample).length + 7);
  bytes.set(readSample(sample), 7);
  t.deepEqual(examine(bytes.subarray(7)).issues, []);
});

test('no value is shown, whatever attribute and value representation holds it', (t) => {
  const tags = [
    '00080020',
    '00080060',
    '00080090',
    '00100010',
    '00100030',
    '00200032',
    '0020000d',
    '00280010',
    '00091001',
  ];
  for (const vr of [...valueRepresentations.keys(), 'ZZ', CANARY.slice(0, 2)]) {
    const attributes = tags.map((tag) => attribute(tag, vr, Buffer.from(`${CANARY}${CANARY}`)));
    const set = [attribute('00080016', 'UI', CANARY), attribute('00080018', 'UI', CANARY), ...attributes];
    const verdict = examine(encodeFile(set, { syntax: `1.2.${CANARY}` }));
    t.true(verdict.issuesTotal > 3, vr);
    t.notRegex(shown(verdict), new RegExp(CANARY), vr);
  }
});

test('a file of nothing but empty items ends within the limits', (t) => {
  const item = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  const items = Buffer.alloc(item.length * 600_000, item);
  const set = [
    attribute('00080016', 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    attribute('00080018', 'UI', uid('1')),
  ];
  const verdict = examine(encodeFile([...set, attribute('00081140', 'SQ', items)], {}));
  t.true(verdict.issues.some(({ rule }) => rule === 'dicom/too-many-elements'));
  t.true(verdict.issuesTotal < 11_000);
});

test('sequences that nest without end are not followed', (t) => {
  const nested = Buffer.from([
    ...[0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ...[0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff],
  ]);
  const head = encodeFile([attribute('00080016', 'UI', uid('1')), attribute('00080018', 'UI', uid('2'))], {});
  const verdict = examine(Buffer.concat([head, Buffer.alloc(nested.length * 100_000, nested)]));
  t.true(verdict.issues.some(({ rule }) => rule === 'dicom/depth'));
});

test('padding without end takes no more than linear time', (t) => {
  const spaces = Buffer.from(`${' '.repeat(5_000_000)}x${' '.repeat(5_000_001)}`);
  const set = [attribute('00080016', 'UI', uid('1')), attribute('00080018', 'UI', uid('2'))];
  const verdict = examine(encodeFile([...set, attribute('0040a160', 'UT', spaces)], {}));
  t.is(verdict.issues.filter(({ rule }) => rule !== 'dicom/sop-class').length, 0);
});
