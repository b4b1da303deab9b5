/** Compares with reference verdicts, where the corpus lies beside the checkout (`../shared/corpora/fhir`). */
import test from 'ava';
import { existsSync } from 'node:fs';
import { defectiveExamples, manifestDisagreements } from './adjudicated.ts';
import { corpusPaths, manifestCases, officialExamples } from './corpus.ts';
import { examine } from './examine.ts';
import { mutants } from './mutants/generate.ts';

test('official examples are found valid, but for those that are known to be defective', (t) => {
  if (isMissing(t, corpusPaths.examples)) return;
  const all = officialExamples();
  const invalid = all.filter(({ body }) => !examine(body, 'strict').valid).map(({ file }) => file);
  t.log(`${invalid.length} of ${all.length} official examples have an error under strict`);
  t.deepEqual(
    invalid.filter((file) => !Object.hasOwn(defectiveExamples, file)),
    [],
  );
  t.true(invalid.length / all.length <= 0.007);
});

test('verdicts agree with those of the official validator', (t) => {
  if (isMissing(t, corpusPaths.manifest)) return;
  const cases = manifestCases();
  const unlike = cases.filter(({ body, valid }) => examine(body, 'strict').valid !== valid);
  t.deepEqual(
    unlike.map(({ file }) => file).filter((file) => !Object.hasOwn(manifestDisagreements, file)),
    [],
  );
  const core = cases.filter(({ kind }) => kind !== 'invalid-bundle-or-reference');
  const missed = unlike.filter(({ kind }) => kind !== 'invalid-bundle-or-reference');
  t.log(`${unlike.length} of ${cases.length} cases are judged otherwise`);
  t.true(missed.length / core.length <= 0.015);
  t.true((unlike.length - missed.length) / (cases.length - core.length) <= 0.1);
});

test('a resource with one defect is found invalid, whatever the defect', (t) => {
  if (isMissing(t, corpusPaths.examples)) return;
  const good = officialExamples()
    .map(({ body }) => body)
    .filter((body, i) => i % 20 === 0 && body.length < 20_000 && examine(body).valid);
  const missed = [...mutants(good, 15)].filter(({ body }) => examine(body).valid);
  t.deepEqual(
    missed.map(({ kind }) => kind),
    [],
  );
});

function isMissing(t: { log(text: string): void; pass(): void }, path: string): boolean {
  if (existsSync(path)) return false;
  t.log(`skipped: there is no ${path}`);
  t.pass();
  return true;
}
