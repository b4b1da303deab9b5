import test from 'ava';
import { valueRepresentations } from '../../../src/validation/dicom/value-representations.ts';

const cases: readonly (readonly [vr: string, good: readonly string[], bad: readonly string[]])[] = [
  ['AE', ['ANY_SCP'], ['A\nB', 'Ä']],
  ['AS', ['018M', '005Y'], ['18M', '018X', '0018']],
  ['CS', ['MONOCHROME2', 'A_B 1'], ['Male', 'A-B']],
  ['DA', ['20240229', '19801205'], ['19801345', '20230229', '1980-12-05', '1980.12.05', '198012']],
  ['DS', ['1', '-1.5', '+.5', '1.', '1e-5'], ['1,5', 'one', '.', '0x10', '1e']],
  ['DT', ['2024', '20240517093000.123456+0200', '20240229'], ['20240230', '2024051725', '20240517093000Z']],
  ['IS', ['1', '-12', '+2147483647'], ['1.0', '2147483648', 'one', '']],
  ['TM', ['09', '0930', '093000.5', '235960'], ['9', '24', '09:30', '096000', '0930.5']],
  ['UI', ['1.2.840.10008.1.2', '0'], ['1.02', '1..2', '.1', '1.2.', '1.a']],
];

for (const [vr, good, bad] of cases) {
  test(`${vr} takes its own format and no other`, (t) => {
    const holds = valueRepresentations.get(vr)?.holds;
    for (const value of good) t.true(holds?.(value), value);
    for (const value of bad) t.false(holds?.(value), value);
  });
}

test('the value representations of PS3.5 are there', (t) => {
  t.is(valueRepresentations.size, 34);
});
