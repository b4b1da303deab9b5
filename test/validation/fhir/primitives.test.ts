import test from 'ava';
import { primitives } from '../../../src/validation/fhir/primitives.ts';

const cases: readonly (readonly [type: string, good: readonly unknown[], bad: readonly unknown[]])[] = [
  ['boolean', [true, false], ['true', 1, null]],
  ['integer', [0, -1, 2147483647, -2147483648], [1.5, 2147483648, -2147483649, NaN, '1']],
  ['unsignedInt', [0, 1], [-1, 0.5]],
  ['positiveInt', [1, 2147483647], [0, -1, 2147483648]],
  [
    'integer64',
    ['0', '-1', '9223372036854775807', '-9223372036854775808'],
    ['9223372036854775808', '1.0', '01', 'a', '', 1],
  ],
  ['decimal', [0, -1.5, 1e-9], [Infinity, NaN, '1.0']],
  ['string', ['a', ' a\tb\r\nc ', 'ä€😀'], ['', ' ', 'a\0b', 'a\u001bb', 'x'.repeat(2 ** 20 + 1)]],
  ['markdown', ['# a'], ['']],
  ['code', ['a', 'a b', '>='], ['', ' a', 'a ', 'a  b']],
  ['id', ['a', 'A-1.b', 'x'.repeat(64)], ['', 'a_b', 'a b', 'x'.repeat(65)]],
  ['uri', ['urn:oid:1.2', 'http://example.org/a', 'Patient/1'], ['', 'a b']],
  ['url', ['http://example.org'], ['http://example.org/a b']],
  ['canonical', ['http://example.org/a|1.0#b'], ['']],
  ['oid', ['urn:oid:1.2.3', 'urn:oid:2.16.840'], ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02', 'urn:oid:1']],
  [
    'uuid',
    ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
    ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:1'],
  ],
  [
    'date',
    ['1980', '1980-02', '1980-12-31', '2024-02-29', '2000-02-29'],
    [
      '1980-13',
      '1980-13-45',
      '1980-02-30',
      '2023-02-29',
      '1900-02-29',
      '0000',
      '80',
      '1980-1-1',
      '1980-01-01T00:00:00Z',
    ],
  ],
  [
    'dateTime',
    ['1980', '2024-02-29', '2024-05-17T09:30:00Z', '2024-05-17T09:30:00.123+02:00', '2016-12-31T23:59:60Z'],
    [
      '2024-05-17T09:30:00',
      '2024-05-17T09:30Z',
      '2024-05-17T24:00:00Z',
      '2024-02-30T09:30:00Z',
      '2024-05-17T09:30:00+15:00',
    ],
  ],
  [
    'instant',
    ['2024-05-17T09:30:00Z', '2024-05-17T09:30:00.5-14:00'],
    ['2024-05-17', '2024', '2024-05-17T09:30:00'],
  ],
  ['time', ['09:30:00', '23:59:60', '00:00:00.001'], ['9:30:00', '24:00:00', '09:30', '09:30:00Z']],
  ['base64Binary', ['QQ==', 'QUI=', 'QUJD', 'QU JD\n'], ['', 'Q', 'QQ=', 'Q=Q=', 'QQ==QQ==', 'QU_D']],
  ['xhtml', ['<div xmlns="http://www.w3.org/1999/xhtml">a</div>'], ['a', '<p>a</p>', '<div>a</div>']],
];

for (const [name, good, bad] of cases) {
  test(`${name} takes its own format and no other`, (t) => {
    const type = primitives.get(name);
    for (const value of good) t.true(type?.holds(value), `${name} ${String(value).slice(0, 40)}`);
    for (const value of bad) t.false(type?.holds(value), `${name} ${String(value).slice(0, 40)}`);
  });
}

test('every primitive type has its cases', (t) => {
  t.deepEqual([...primitives.keys()].sort(), cases.map(([name]) => name).sort());
});
