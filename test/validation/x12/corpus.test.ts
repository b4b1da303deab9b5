import { existsSync, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
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

interface Outcome extends Reference {
  readonly text: string;
  readonly errors: readonly string[];
}

const outcomes = existsSync(corpus) ? judged() : undefined;

function judged(): readonly Outcome[] {
  const references = JSON.parse(readFileSync(new URL('verdicts.json', corpus), 'utf8')) as Reference[];
  return references.map((reference) => {
    const bytes = readFileSync(new URL(reference.file, corpus));
    const { issues } = verdictOf(x12Engine, bytes);
    const errors = issues.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
    return { ...reference, text: bytes.toString('latin1'), errors };
  });
}

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
  const known = found.filter(({ pyx12_valid: valid }) => valid !== null);
  const differing = known.filter(({ pyx12_valid: valid, errors }) => valid !== (errors.length === 0));
  t.log(`${known.length - differing.length} of ${known.length}`);
  t.deepEqual(
    differing.map(({ file }) => file),
    [],
  );
});

/** LinuxForHealth compares no control numbers: what is found in these alone is no difference. */
ofCorpus('the verdicts on 270, 271, 276 and 277 agree with those of LinuxForHealth', (t, found) => {
  const known = found.filter(
    ({ text }) => /~\s*ST\*27[0167]\*/.test(text) && /005010X(?:212|279)/.test(text),
  );
  const differing = known.filter(
    ({ lfh_valid: valid, errors }) => valid !== errors.every((rule) => rule === 'x12/control-number'),
  );
  t.log(`${known.length - differing.length} of ${known.length}`);
  t.deepEqual(
    differing.map(({ file }) => file),
    [],
  );
});
