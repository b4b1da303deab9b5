import test from 'ava';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { samplesOf, verdictOf } from '../hl7v2/support.ts';
import { mutantsOf } from './mutants.ts';

/** Good interchanges of which there is a map. */
const seeds = samplesOf('x12').filter(({ name }) =>
  /^x12-(?:27[0167]|277ca|820|83[45]|837[pi]|837p-4010|999)$/.test(name),
);

const mutants = seeds.flatMap(({ name, bytes }) =>
  mutantsOf(bytes.toString('latin1')).map((mutant) => ({ ...mutant, seed: name })),
);

for (const [kind, found] of Map.groupBy(mutants, (mutant) => mutant.kind)) {
  test(`under strict every mistake of the class ${kind} is found`, (t) => {
    const missed = found.filter(
      ({ text }) => verdictOf(x12Engine, Buffer.from(text, 'latin1'), 'strict').valid,
    );
    t.log(`${found.length - missed.length} of ${found.length}`);
    t.deepEqual(
      missed.map(({ seed, what }) => `${seed}: ${what}`),
      [],
    );
  });
}

test('one mistake in the order of segments or in a code is one finding, or close to it', (t) => {
  for (const kind of ['qualifier', 'code', 'hierarchy', 'dropped', 'order', 'unknown-segment']) {
    const counts = mutants
      .filter((mutant) => mutant.kind === kind)
      .map(({ text }) => verdictOf(x12Engine, Buffer.from(text, 'latin1')).issuesTotal);
    t.true(Math.max(...counts) <= 4, kind);
    t.true(counts.reduce((sum, count) => sum + count, 0) / counts.length < 2, kind);
  }
});

test('sums, identifiers, states and postal codes are warnings under standard', (t) => {
  const mild = mutants.filter(({ kind }) => ['balance', 'npi', 'state', 'postal-code'].includes(kind));
  for (const { text, what, seed } of mild) {
    const { issues } = verdictOf(x12Engine, Buffer.from(text, 'latin1'));
    const rules = /^x12\/(?:balance|npi|state-code|postal-code)$/;
    const own = issues.filter(({ rule }) => rules.test(rule));
    t.true(
      own.every(({ severity }) => severity === 'warning'),
      `${seed}: ${what}`,
    );
  }
});
