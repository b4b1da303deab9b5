import test from 'ava';
import type { Attribute } from '../../../src/samples/dicom/encode.ts';
import { attribute, encodeFile, uid } from '../../../src/samples/dicom/encode.ts';
import { secondaryCapture } from '../../../src/samples/dicom/objects.ts';
import { findSample, readSample } from '../../../src/samples/index.ts';
import { examine, findings } from './examine.ts';

function sample(name: string): Buffer {
  const found = findSample(name);
  if (found === undefined) throw new Error(`There is no sample ${name}.`);
  return readSample(found);
}

const instance = [attribute('00080016', 'UI', uid('1')), attribute('00080018', 'UI', uid('2'))];

/** A data set of no known SOP class: only what it holds is checked. */
function file(...attributes: readonly Attribute[]): Buffer {
  return encodeFile([...instance, ...attributes], {});
}

function findingsOf(...attributes: readonly Attribute[]): string[] {
  return findings(file(...attributes)).filter((finding) => !finding.startsWith('dicom/sop-class'));
}

test('an object is known by its SOP class and instance, its sender by the title of its application', (t) => {
  const { version, type, controlId, sender } = examine(sample('dicom-ct'));
  t.deepEqual({ version, type, sender }, { version: null, type: 'CT Image', sender: 'PROBEKLINIK' });
  t.regex(controlId ?? '', /^2\.25\.\d+$/);
});

test('a SOP class that the standard does not have is a warning', (t) => {
  const verdict = examine(file());
  t.deepEqual(
    verdict.issues.map(({ rule, severity }) => `${rule} ${severity}`),
    ['dicom/sop-class warning'],
  );
  t.is(verdict.type, null);
});

test('the head of a file is found as good as the whole', (t) => {
  for (const name of ['dicom-ct', 'dicom-ct-implicit', 'dicom-ct-big-endian', 'dicom-sr', 'dicom-sc-rle']) {
    const whole = sample(name);
    for (let length = 400; length < whole.length; length += 1) {
      t.deepEqual(examine(whole.subarray(0, length), 'strict', whole.length).issues, [], `${name} ${length}`);
    }
  }
});

test('what is missing before the end of a head is missing', (t) => {
  const whole = sample('dicom-type2-missing');
  const { issues } = examine(whole.subarray(0, -40), 'strict', whole.length);
  t.deepEqual(
    issues.map(({ location }) => location),
    ['(0010,0010)'],
  );
});

test('the same file that ends early, and is no head, is cut off', (t) => {
  const whole = sample('dicom-ct');
  const { issues } = examine(whole.subarray(0, -4));
  t.deepEqual(
    issues.map(({ rule, location }) => `${rule} ${location}`),
    ['dicom/truncated (7fe0,0010)'],
  );
});

test('a location leads through the items of sequences', (t) => {
  const code = (tags: readonly string[]): Attribute[] => tags.map((tag) => attribute(tag, 'SH', 'T'));
  const sequence = attribute('00081032', 'SQ', [
    code(['00080100', '00080102']),
    code(['00080102', '00080100']),
  ]);
  t.deepEqual(findingsOf(sequence), ['dicom/tag-order (0008,1032)[2].(0008,0100)']);
});

test('what a sequence requires is required of each of its items', (t) => {
  const report = sample('dicom-sr');
  const at = report.indexOf('TEXT');
  report.write('CODE', at, 'latin1');
  t.deepEqual(findings(report), ['dicom/type1-missing (0040,a730)[1].(0040,a168)']);
});

test('an attribute may stand once', (t) => {
  const study = attribute('00081030', 'LO', 'Chest ');
  t.deepEqual(findingsOf(study, study), ['dicom/tag-order (0008,1030)']);
});

test('a value representation is that of the dictionary', (t) => {
  t.deepEqual(findingsOf(attribute('00080020', 'LO', '20240517')), ['dicom/vr-mismatch (0008,0020)']);
  const creator = attribute('00090010', 'LO', 'Probewerk ');
  t.deepEqual(findingsOf(creator, attribute('00091001', 'LO', 'Private ')), []);
});

test('each value is checked, and one finding tells of the first', (t) => {
  const [issue] = examine(
    file(attribute('00080022', 'DA', '20240517'), attribute('00200032', 'DS', '1\\x\\y')),
  ).issues;
  t.is(issue?.location, '(0020,0032)');
  t.regex(issue?.message ?? '', /^Value 2 of ImagePositionPatient/);
});

test('an attribute has as many values as the dictionary allows', (t) => {
  t.deepEqual(findingsOf(attribute('00200032', 'DS', '1\\2')), ['dicom/value-multiplicity (0020,0032)']);
  t.deepEqual(findingsOf(attribute('00200032', 'DS', '')), []);
  t.deepEqual(findingsOf(attribute('00200037', 'DS', '1\\2\\3')), ['dicom/value-multiplicity (0020,0037)']);
});

test('a value is as long as its value representation allows', (t) => {
  t.deepEqual(findingsOf(attribute('00080050', 'SH', 'x'.repeat(18))), ['dicom/value-length (0008,0050)']);
  t.deepEqual(findingsOf(attribute('00280010', 'US', Buffer.alloc(4))), [
    'dicom/value-multiplicity (0028,0010)',
  ]);
  t.deepEqual(findingsOf(attribute('00280010', 'US', Buffer.alloc(1))), [
    'dicom/odd-length (0028,0010)',
    'dicom/value-length (0028,0010)',
  ]);
});

test('characters are counted as the character set has them', (t) => {
  const utf8 = attribute('00080005', 'CS', 'ISO_IR 192');
  const name = attribute('00080050', 'SH', Buffer.from('ä'.repeat(16)));
  t.deepEqual(findings(encodeFile([utf8, ...instance, name], {})), ['dicom/sop-class (0008,0016)']);
  const latin = attribute('00080005', 'CS', 'ISO_IR 100');
  const long = attribute('00080050', 'SH', Buffer.from('\xe4'.repeat(18), 'latin1'));
  t.deepEqual(findings(encodeFile([latin, ...instance, long], {})), [
    'dicom/value-length (0008,0050)',
    'dicom/sop-class (0008,0016)',
  ]);
});

test('an item without a character set has that of what it stands in, and may have its own', (t) => {
  const umlaut = attribute('00080104', 'LO', Buffer.from('M\xfcll', 'latin1'));
  const utf8 = attribute('00080005', 'CS', 'ISO_IR 192');
  const sequence = attribute('00081032', 'SQ', [[umlaut], [utf8, umlaut]]);
  const latin = attribute('00080005', 'CS', 'ISO_IR 100');
  t.deepEqual(findings(encodeFile([latin, ...instance, sequence], {})), [
    'dicom/character-set (0008,1032)[2].(0008,0104)',
    'dicom/sop-class (0008,0016)',
  ]);
});

test('pixel data that are cut off are found in the head of a file, which says how large it is', (t) => {
  const whole = sample('dicom-ct');
  const head = whole.subarray(0, -16);
  t.deepEqual(examine(head, 'strict', whole.length).issues, []);
  const { issues } = examine(head, 'strict', whole.length - 8);
  t.deepEqual(
    issues.map(({ rule, location }) => `${rule} ${location}`),
    ['dicom/truncated (7fe0,0010)'],
  );
});

test('a condition is told in words with the finding', (t) => {
  const [issue] = examine(sample('dicom-type1c-missing')).issues;
  t.is(issue?.location, '(0028,1051)');
  t.regex(issue?.message ?? '', /where WindowCenter \(0028,1050\) is there\.$/);
  t.is(issue?.spec, 'DICOM PS3.3, Table C.11-2');
});

test('a type that another module overrides is not demanded', (t) => {
  const set = secondaryCapture().filter(({ tag }) => tag !== '00080060');
  t.deepEqual(findings(encodeFile(set, {})), []);
});

test('a SOP class of the standard that the tables lack is called newer, another one private', (t) => {
  const messageFor = (sopClass: string): string =>
    examine(
      encodeFile([attribute('00080016', 'UI', sopClass), attribute('00080018', 'UI', uid('1'))], {}),
    ).issues.find(({ rule }) => rule === 'dicom/sop-class')?.message ?? '';
  t.regex(messageFor('1.2.840.10008.5.1.4.1.1.9999'), /newer/);
  t.regex(messageFor('1.2.3.4'), /private/);
});

test('a data set without file meta information is read as what it looks like', (t) => {
  for (const name of ['dicom-ct', 'dicom-ct-implicit', 'dicom-ct-big-endian']) {
    const whole = sample(name);
    const metaLength = whole.readUInt32LE(140);
    t.deepEqual(findings(whole.subarray(144 + metaLength)), ['dicom/preamble ', 'dicom/meta-group '], name);
  }
});

test('a group length that leads astray is found, and not followed', (t) => {
  const whole = sample('dicom-ct');
  whole.writeUInt32LE(0x7fffffff, 140);
  t.deepEqual(findings(whole), ['dicom/meta-group (0002,0000)']);
});

test('a data set that inflates beyond the limit is not inflated', (t) => {
  const zeros = attribute('00091001', 'OB', Buffer.alloc(65 * 1024 * 1024));
  const bomb = encodeFile([zeros], { syntax: '1.2.840.10008.1.2.1.99' });
  t.true(bomb.length < 100_000);
  t.true(findings(bomb).includes('dicom/deflate '));
});
