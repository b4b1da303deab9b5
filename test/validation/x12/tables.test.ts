import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { mapOf } from '../../../src/validation/x12/map.ts';

const folder = new URL('../../../src/validation/x12/tables/', import.meta.url);

test('every table says from which source it was made, and under which licence', (t) => {
  for (const name of readdirSync(folder)) {
    const { source } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { source: string[] };
    t.true(source.length > 0 && source.every((line) => /\((?:MIT|BSD|Apache-2\.0)\b/.test(line)), name);
    t.notRegex(source.join(' '), /(?:^|\s)\//, `${name} names no path`);
  }
});

test('the transactions of health care in version 5010 have their maps', (t) => {
  const known: readonly [string, string, string][] = [
    ['270', '005010X279A1', 'EQ'],
    ['271', '005010X279A1', 'EB'],
    ['276', '005010X212', 'TRN'],
    ['277', '005010X212', 'STC'],
    ['834', '005010X220A1', 'INS'],
    ['835', '005010X221A1', 'CLP'],
    ['837', '005010X222A1', 'SV1'],
    ['837', '005010X223A2', 'SV2'],
  ];
  for (const [transaction, version, segment] of known) {
    t.not(mapOf(transaction, version, '')?.segmentsNamed(segment).length, 0, `${transaction} ${version}`);
  }
  t.is(mapOf('constructor', '__proto__', ''), undefined);
});
