import test from 'ava';
import { presets } from '../../../src/validation/engine.ts';
import { readSample, listSamples } from '../../../src/samples/index.ts';
import { dicomEngine } from '../../../src/validation/dicom/index.ts';
import { errorsOf, examine } from './examine.ts';

const samples = listSamples().filter(({ format }) => format === 'dicom');

for (const sample of samples) {
  const bytes = readSample(sample);

  test(`${sample.name}: ${sample.title}`, (t) => {
    const verdict = examine(bytes, 'standard');
    t.is(verdict.valid, sample.valid);
    t.deepEqual(errorsOf(verdict), [...sample.rules].sort());
  });

  if (sample.valid) {
    test(`${sample.name} is without findings under every preset`, (t) => {
      for (const preset of presets) t.deepEqual(examine(bytes, preset).issues, [], preset);
    });
  }
}

test('every rule that is an error has a sample', (t) => {
  const covered = new Set(samples.flatMap(({ rules }) => rules));
  const missing = dicomEngine.rules.filter(
    ({ id, levels }) => levels.standard === 'error' && !covered.has(id),
  );
  t.deepEqual(
    missing.map(({ id }) => id),
    [],
  );
});

test('a rule never gets milder from lenient to strict', (t) => {
  const order = ['off', 'information', 'warning', 'error'];
  for (const { id, levels } of dicomEngine.rules) {
    const ranks = presets.map((preset) => order.indexOf(levels[preset]));
    t.deepEqual(ranks, ranks.toSorted(), id);
  }
});
