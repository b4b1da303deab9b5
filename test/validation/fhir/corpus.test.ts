/** Compares with reference verdicts, where the corpus lies beside the checkout (`../shared/corpora/fhir`). */
import test from 'ava';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { examine } from './examine.ts';

const corpus = join(import.meta.dirname, '../../../../shared/corpora/fhir');
const examples = join(corpus, 'r4-examples.ndjson.gz');
const manifest = join(corpus, 'manifest');

interface Reference {
  readonly file: string;
  readonly verdict: string;
}

test('official examples are found valid', (t) => {
  if (!existsSync(examples)) {
    t.log(`skipped: there is no ${examples}`);
    t.pass();
    return;
  }
  const lines = gunzipSync(readFileSync(examples)).toString().split('\n').filter(Boolean);
  const verdicts = lines.map((line) =>
    examine(line.slice(line.indexOf('"resource":{') + 11, -1), 'standard'),
  );
  const invalid = verdicts.filter(({ valid }) => !valid).length;
  const imperfect = verdicts.filter(({ issues }) => issues.length > 0).length;
  t.log(`${invalid} of ${lines.length} official examples are found invalid, ${imperfect} have a finding`);
  t.true(invalid / lines.length < 0.003);
  t.true(imperfect / lines.length < 0.003);
});

test('verdicts agree with those of the official validator', (t) => {
  if (!existsSync(manifest)) {
    t.log(`skipped: there is no ${manifest}`);
    t.pass();
    return;
  }
  const references = JSON.parse(readFileSync(join(manifest, 'verdicts.json'), 'utf8')) as Reference[];
  const owed = references.filter(({ file }) => existsSync(join(manifest, file)));
  const valid = share(owed, 'valid', true);
  const invalid = share(owed, 'invalid', false);
  t.log(`valid: ${valid.agreed} of ${valid.all} agree; invalid: ${invalid.agreed} of ${invalid.all} agree`);
  t.true(valid.agreed / valid.all >= 0.98);
  t.true(invalid.agreed / invalid.all >= 0.86);
});

function share(
  references: readonly Reference[],
  verdict: string,
  expected: boolean,
): { agreed: number; all: number } {
  const chosen = references.filter((reference) => reference.verdict === verdict);
  const agreed = chosen.filter(
    ({ file }) => examine(readFileSync(join(manifest, file)), 'strict').valid === expected,
  );
  return { agreed: agreed.length, all: chosen.length };
}
