import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { hl7v2Engine } from '../../../src/validation/hl7v2/index.ts';
import { verdictOf } from './support.ts';

/** Messages with the verdicts of HAPI, beside the project where there is one. */
const corpus = new URL('../../../../shared/corpora/hl7v2/', import.meta.url);

interface Verdicts {
  readonly files: Readonly<Record<string, { readonly default: { readonly valid: boolean } }>>;
}

test('the verdicts agree with those of HAPI’s default rules on real messages', (t) => {
  if (!existsSync(corpus)) {
    t.log('skipped: there is no corpus beside the project');
    t.pass();
    return;
  }
  const { files } = JSON.parse(readFileSync(new URL('verdicts.json', corpus), 'utf8')) as Verdicts;
  const outcomes = Object.entries(files).map(([file, verdict]) => ({
    expected: verdict.default.valid,
    valid: verdictOf(hl7v2Engine, readFileSync(new URL(file, corpus))).valid,
  }));
  const accepted = outcomes.filter(({ expected }) => expected);
  const alarms = accepted.filter(({ valid }) => !valid).length;
  const agreed = outcomes.filter(({ expected, valid }) => expected === valid).length;
  t.log(`agreement ${agreed} of ${outcomes.length}; false alarms ${alarms} of ${accepted.length}`);
  t.true(alarms / accepted.length <= 0.03);
  t.true(agreed / outcomes.length >= 0.95);
});
