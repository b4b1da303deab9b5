import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { dictionaryOf, isKnownVersion } from '../../../src/validation/hl7v2/dictionary.ts';

const folder = new URL('../../../src/validation/hl7v2/tables/', import.meta.url);

test('every table says from which sources it was made, and under which licence', (t) => {
  for (const name of readdirSync(folder)) {
    const { source } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { source: string[] };
    t.true(
      source.length > 0 && source.every((line) => /\((?:MIT|BSD|Apache-2\.0|CC0-1\.0)\b/.test(line)),
      name,
    );
    t.notRegex(source.join(' '), /(?:^|\s)\//, `${name} names no path`);
  }
});

test('the common messages have their structures from 2.3 to 2.6', (t) => {
  for (const version of ['2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6']) {
    t.true(isKnownVersion(version));
    const dictionary = dictionaryOf(version);
    for (const event of [
      'ADT A01',
      'ADT A04',
      'ADT A08',
      'ADT A40',
      'ORU R01',
      'ORM O01',
      'SIU S12',
      'SIU S15',
      'VXU V04',
    ]) {
      const [code = '', trigger = ''] = event.split(' ');
      const structure = dictionary.structureFor(code, trigger);
      t.truthy(structure, `${version} ${event}`);
      t.true(dictionary.grammar(structure ?? '').has('PID'), `${version} ${event}`);
    }
  }
});
