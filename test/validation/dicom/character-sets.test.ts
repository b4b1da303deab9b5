import test from 'ava';
import fc from 'fast-check';
import { characterSetsOf } from '../../../src/validation/dicom/character-sets.ts';

function decode(terms: readonly string[], bytes: Buffer | string): unknown {
  return characterSetsOf(terms)?.decode(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
}

const good: readonly (readonly [terms: readonly string[], bytes: Buffer | string, text: string])[] = [
  [[''], 'Smith^John', 'Smith^John'],
  [['ISO_IR 100'], 'M\xfcller', 'Müller'],
  [['ISO_IR 144'], '\xbb\xee\xda', 'Люк'],
  [['ISO_IR 192'], Buffer.from('王^小東'), '王^小東'],
  [['GB18030'], Buffer.from([0xcd, 0xf5]), '王'],
  [['', 'ISO 2022 IR 87'], 'Yamada=\x1b$B;3ED\x1b(B', 'Yamada=山田'],
  [['', 'ISO 2022 IR 149'], 'Hong=\x1b$)C\xfb\xf3', 'Hong=洪'],
  [['ISO 2022 IR 100', 'ISO 2022 IR 144'], '\xe9\x1b-L\xbb', 'éЛ'],
];

for (const [terms, bytes, text] of good) {
  test(`text of '${terms.join('\\')}' is decoded: ${text}`, (t) => {
    t.deepEqual(decode(terms, bytes), { text });
  });
}

test('bytes that are no characters of the set are found', (t) => {
  t.deepEqual(decode([''], 'M\xfcller'), { fault: 'bytes' });
  t.deepEqual(decode(['ISO_IR 192'], 'M\xfcller'), { fault: 'bytes' });
  t.deepEqual(decode(['ISO_IR 100'], 'M\x85ller'), { fault: 'bytes' });
  t.deepEqual(decode(['ISO_IR 13'], '\xe0'), { fault: 'bytes' });
});

test('an escape sequence leads to a set that is named, or to ASCII', (t) => {
  t.deepEqual(decode([''], 'Kim=\x1b$)C\xb1\xe8'), { fault: 'escape' });
  t.deepEqual(decode(['ISO_IR 100'], 'a\x1b(Bb'), { text: 'ab' });
  t.deepEqual(decode(['ISO_IR 100'], 'a\x1b'), { fault: 'escape' });
});

test('a term that the standard does not have names no sets', (t) => {
  t.is(characterSetsOf(['ISO_IR 999']), null);
  t.is(characterSetsOf(['ISO 2022 IR 6', 'latin1']), null);
  t.is(characterSetsOf(['constructor']), null);
});

test('any bytes are decoded or refused', (t) => {
  const terms = [
    '',
    'ISO_IR 13',
    'ISO_IR 192',
    'GB18030',
    'ISO 2022 IR 87',
    'ISO 2022 IR 149',
    'ISO 2022 IR 159',
  ];
  const bytes = fc.array(
    fc.oneof(fc.nat(255), fc.constant(0x1b), fc.constantFrom(...Buffer.from('$()BCDI'))),
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...terms), { minLength: 1 }), bytes, (named, values) => {
      const decoded = characterSetsOf(named)?.decode(Uint8Array.from(values));
      t.true(decoded !== undefined && ('text' in decoded || decoded.fault.length > 0));
    }),
    { numRuns: 1000 },
  );
});
