import test from 'ava';
import { presets } from '../../../src/validation/engine.ts';
import { readSample, listSamples } from '../../../src/samples/index.ts';
import { fhirEngine } from '../../../src/validation/fhir/index.ts';
import { errorsOf, examine } from './examine.ts';

const samples = listSamples().filter(({ format }) => format === 'fhir');

for (const sample of samples) {
  const bytes = readSample(sample);

  test(`${sample.name}: ${sample.title}`, (t) => {
    const verdict = examine(bytes, 'standard');
    t.is(verdict.valid, sample.valid);
    t.deepEqual(errorsOf(verdict), [...sample.rules].sort());
  });

  if (sample.valid) {
    test(`${sample.name} is without findings under every preset, but for good practice`, (t) => {
      for (const preset of presets) {
        const issues = examine(bytes, preset).issues.filter(({ rule }) => rule !== 'fhir/best-practice');
        t.deepEqual(issues, [], preset);
      }
    });
  }
}

/** Profiles are loaded where they are configured: `profiles.test.ts`. */
const elsewhere = ['fhir/profile'];

test('every rule that is an error has a sample', (t) => {
  const covered = new Set(samples.flatMap(({ rules }) => rules));
  const missing = fhirEngine.rules.filter(
    ({ id, levels }) => levels.standard === 'error' && !covered.has(id) && !elsewhere.includes(id),
  );
  t.deepEqual(
    missing.map(({ id }) => id),
    [],
  );
});

test('a rule never gets milder from lenient to strict', (t) => {
  const order = ['off', 'information', 'warning', 'error'];
  for (const { id, levels } of fhirEngine.rules) {
    const ranks = presets.map((preset) => order.indexOf(levels[preset]));
    t.deepEqual(ranks, ranks.toSorted(), id);
  }
});
