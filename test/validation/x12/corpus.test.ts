import test, { type ExecutionContext } from 'ava';
import { x12Engine } from '../../../src/validation/x12/index.ts';
import { verdictOf } from '../hl7v2/support.ts';
import { corpus, isInquiry, isValidToLinuxForHealth, type Reference } from './corpus.ts';

interface Outcome extends Reference {
  readonly errors: readonly string[];
}

const outcomes = corpus()?.map((reference): Outcome => {
  const { issues } = verdictOf(x12Engine, reference.bytes);
  return {
    ...reference,
    errors: issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule),
  };
});

const ofCorpus = (title: string, run: (t: ExecutionContext, found: readonly Outcome[]) => void): void => {
  test(title, (t) => {
    if (outcomes !== undefined) {
      run(t, outcomes);
      return;
    }
    t.log('skipped: there is no corpus beside the project');
    t.pass();
  });
};

ofCorpus('the verdicts agree with those of pyx12 on real interchanges', (t, found) => {
  const known = found.filter(({ pyx12 }) => pyx12 !== null);
  const differing = known.filter(({ pyx12, errors }) => pyx12 !== (errors.length === 0));
  t.log(`${known.length - differing.length} of ${known.length}`);
  t.deepEqual(
    differing.map(({ file }) => file),
    [],
  );
});

ofCorpus('the verdicts on 270, 271, 276 and 277 agree with those of LinuxForHealth', (t, found) => {
  const known = found.filter(isInquiry);
  const differing = known.filter(
    ({ linuxForHealth, errors }) => linuxForHealth !== isValidToLinuxForHealth(errors),
  );
  t.log(`${known.length - differing.length} of ${known.length}`);
  t.deepEqual(
    differing.map(({ file }) => file),
    [],
  );
});
