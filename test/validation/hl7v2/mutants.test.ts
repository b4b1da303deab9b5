import test from 'ava';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { fuzz } from './fuzz.ts';
import { findMutants } from './mutants/index.ts';
import { isInOrder } from './mutants/standard.ts';
import { seeds, textOf } from './mutants/seeds.ts';
import { verdictOf } from './support.ts';

for (const [name, lines] of seeds) {
  test(`the seed ${name} is without an error under strict, and in order`, (t) => {
    const { issues } = verdictOf(hl7v2Engine, Buffer.from(textOf(lines), 'latin1'), 'strict');
    t.deepEqual(
      issues.filter(({ severity }) => severity === 'error'),
      [],
    );
    const [structure = '', version = ''] = name.split(' ');
    t.true(
      isInOrder(
        version,
        structure,
        lines.map((line) => line.slice(0, 3)),
      ),
    );
  });
}

for (const { name, made, found, missed } of findMutants(10)) {
  test(`of mutants with a ${name}, at least 98 % are found under strict`, (t) => {
    t.true(made > 100, 'many are made');
    t.true(found / made >= 0.98, missed.join('\n').replaceAll('\r', '\n'));
  });
}

test('no input of a fuzzer crashes the engine', (t) => {
  t.is(fuzz(0, 20_000).crashes, 0);
});

test('a local segment adds no finding, wherever it stands and whatever it holds', (t) => {
  for (const [name, lines] of seeds) {
    const without = verdictOf(hl7v2Engine, Buffer.from(textOf(lines)), 'strict').issuesTotal;
    for (let row = 1; row <= lines.length; row++) {
      const text = textOf(lines.toSpliced(row, 0, 'ZPI|1|any^thing&at|all~X|20261399|-'));
      t.is(verdictOf(hl7v2Engine, Buffer.from(text), 'strict').issuesTotal, without, `${name}, row ${row}`);
    }
  }
});
