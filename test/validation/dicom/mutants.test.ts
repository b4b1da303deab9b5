import test from 'ava';
import { listSamples } from '../../../src/samples/index.ts';
import { rules } from '../../../src/validation/dicom/rules.ts';
import { findings } from './examine.ts';
import { mutants } from './mutants.ts';

for (const { title, rule, location, make } of mutants) {
  test(`${title}: ${rule} at ${location}`, (t) => {
    t.true(findings(make()).includes(`${rule} ${location}`), findings(make()).join('\n'));
  });
}

test('every rule has a mutant or a sample, but for those that guard the engine', (t) => {
  const guards = ['dicom/too-many-elements', 'dicom/unread'];
  const shown = new Set([
    ...mutants.map(({ rule }) => rule as string),
    ...listSamples().flatMap((sample) => sample.rules),
    ...guards,
  ]);
  t.deepEqual(
    rules.map(({ id }) => id).filter((id) => !shown.has(id)),
    [],
  );
});
