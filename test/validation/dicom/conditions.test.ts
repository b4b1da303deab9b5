import test from 'ava';
import { attribute as a, encodeFile } from '../../../src/samples/dicom/encode.ts';
import type { Attribute } from '../../../src/samples/dicom/encode.ts';
import type { Predicate } from '../../../src/validation/dicom/conditions.ts';
import { compile, describe } from '../../../src/validation/dicom/conditions.ts';
import { readDataSet } from '../../../src/validation/dicom/reader.ts';
import { readCondition } from '../../../src/validation/dicom/generate/conditions.ts';

const names = new Map([['Number of Frames', '00280008']]);

const sentences: readonly (readonly [sentence: string, predicate: Predicate | null])[] = [
  ['Required if Window Center (0028,1050) is present.', ['has', '00281050']],
  ['Required if VOI LUT Sequence (0028,3010) is not present. See Note.', ['not', ['has', '00283010']]],
  [
    'Required if Image Type (0008,0008) Value 1 is ORIGINAL or MIXED. May be present otherwise.',
    ['is', '00080008', 1, 'ORIGINAL', 'MIXED'],
  ],
  ['Required if Samples per Pixel (0028,0002) has a value greater than 1.', ['more', '00280002', 1]],
  ['Required if Number of Frames is greater than 1, may be present otherwise.', ['more', '00280008', 1]],
  [
    'Required if Patient Identity Removed (0012,0062) is present and has a value of YES and De-identification Method (0012,0063) is not present.',
    ['all', ['is', '00120062', 0, 'YES'], ['not', ['has', '00120063']]],
  ],
  [
    'Required if neither Rows (0028,0010) nor Columns (0028,0011) are present.',
    ['all', ['not', ['has', '00280010']], ['not', ['has', '00280011']]],
  ],
  [
    'Required if Frame Increment Pointer (0028,0009) points to Frame Time (0018,1063).',
    ['is', '00280009', 0, '00181063'],
  ],
  [
    'Required if View Code Sequence (0054,0220) equals (G-A186, SRT, "Short Axis").',
    ['within', '00540220', ['is', '00080100', 1, 'G-A186']],
  ],
  ['Required if contrast media was used in this image.', null],
  ['Required if Modality (0008,0060) is CT and the table moves.', null],
  ['The side of the body.', null],
];

for (const [sentence, predicate] of sentences) {
  test(`${predicate === null ? 'left alone' : 'read'}: ${sentence}`, (t) => {
    t.deepEqual(readCondition(sentence, names), predicate);
  });
}

function holds(predicate: Predicate, ...attributes: readonly Attribute[]): boolean | null {
  const bytes = encodeFile(attributes, {});
  const source = { bytes, isBigEndian: false };
  const start = 144 + bytes.readUInt32LE(140);
  const reading = { source, start, end: bytes.length, isImplicit: false };
  const root = readDataSet({ ...reading, find: () => undefined, visit: () => undefined });
  return compile(predicate)(root, source);
}

test('a predicate holds for values by number, for any of them, and for numbers', (t) => {
  const type = a('00080008', 'CS', 'DERIVED\\PRIMARY ');
  t.true(holds(['is', '00080008', 1, 'DERIVED'], type));
  t.false(holds(['is', '00080008', 1, 'PRIMARY'], type));
  t.true(holds(['is', '00080008', 0, 'PRIMARY'], type));
  t.true(holds(['more', '00280002', 2], a('00280002', 'US', 3)));
  t.false(holds(['more', '00280002', 3], a('00280002', 'US', 3)));
  t.true(holds(['is', '00280009', 0, '00181063'], a('00280009', 'AT', Buffer.from([0x18, 0, 0x63, 0x10]))));
});

test('a predicate may speak of the items of a sequence', (t) => {
  const code = a('00540220', 'SQ', [[a('00080100', 'SH', 'A ')], [a('00080100', 'SH', 'B ')]]);
  t.true(holds(['within', '00540220', ['is', '00080100', 1, 'B']], code));
  t.false(holds(['within', '00540220', ['is', '00080100', 1, 'C']], code));
  t.true(holds(['not', ['within', '00540220', ['has', '00080102']]], code));
});

test('predicates are joined, and told in words', (t) => {
  const both: Predicate = ['all', ['has', '00100010'], ['not', ['is', '00080060', 0, 'CT', 'MR']]];
  t.true(holds(both, a('00080060', 'CS', 'US'), a('00100010', 'PN', 'A^')));
  t.false(holds(both, a('00080060', 'CS', 'CT'), a('00100010', 'PN', 'A^')));
  t.is(describe(both), 'PatientName (0010,0010) is there and Modality (0008,0060) is not CT or MR');
  t.is(describe(['not', both]), 'PatientName (0010,0010) is not there or Modality (0008,0060) is CT or MR');
});
