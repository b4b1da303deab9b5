import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { verdictOf } from '../hl7v2/support.ts';

/** Interchanges with the verdicts of pyx12 and LinuxForHealth's x12, beside the project where there is one. */
const corpus = new URL('../../../../shared/corpora/x12/', import.meta.url);

interface Reference {
  readonly file: string;
  /** Null where pyx12 has no map. */
  readonly pyx12_valid: boolean | null;
  readonly lfh_valid: boolean;
}

test('the verdicts agree with those of pyx12, and else of LinuxForHealth, on real interchanges', (t) => {
  if (!existsSync(corpus)) {
    t.log('skipped: there is no corpus beside the project');
    t.pass();
    return;
  }
  const references = JSON.parse(readFileSync(new URL('verdicts.json', corpus), 'utf8')) as Reference[];
  const outcomes = references.map(({ file, pyx12_valid: byPyx12, lfh_valid: byModel }) => ({
    byPyx12,
    expected: byPyx12 ?? byModel,
    valid: verdictOf(x12Engine, readFileSync(new URL(file, corpus))).valid,
  }));
  const judged = outcomes.filter(({ byPyx12 }) => byPyx12 !== null);
  const agreed = judged.filter(({ expected, valid }) => expected === valid).length;
  const agreedOfAll = outcomes.filter(({ expected, valid }) => expected === valid).length;
  t.log(`agreement with pyx12 ${agreed} of ${judged.length}; of all ${agreedOfAll} of ${outcomes.length}`);
  t.is(agreed, judged.length);
  t.true(agreedOfAll / outcomes.length >= 0.95);
});
