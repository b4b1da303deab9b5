/** Compares with dciodvfy, where the corpus lies beside the checkout (`../shared/corpora/dicom`). */
import test from 'ava';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from './examine.ts';

const corpus = join(import.meta.dirname, '../../../../shared/corpora/dicom');

interface Reference {
  readonly file: string;
  readonly iod: readonly string[];
  readonly dciodvfy_errors: readonly string[];
}

function references(): Reference[] {
  const all = JSON.parse(readFileSync(join(corpus, 'verdicts.json'), 'utf8')) as Reference[];
  return all.filter(({ file }) => existsSync(join(corpus, file)));
}

/** Whether dciodvfy told the object's definition, and ended without crashing. */
function isConclusive({ iod }: Reference): boolean {
  return /^\w+$/.test(iod[0] ?? '');
}

/** `missing` is what follows `Missing attribute for Type` in dciodvfy's words; the tag paths of what it found so. */
function missingByReference({ dciodvfy_errors }: Reference, missing: RegExp): Set<string> {
  const found = dciodvfy_errors.flatMap((line) => {
    const [, path, type = ''] =
      /^Error - <(\/[^>]*)> - Missing attribute for Type (\S+ \S+)/.exec(line) ?? [];
    return path === undefined || !missing.test(type) ? [] : [path.split('/').slice(1).map(tagOf).join('.')];
  });
  return new Set(found);
}

function tagOf(step: string): string {
  return /\([0-9a-f,]+\)(\[\d+\])?/.exec(step)?.[0] ?? step;
}

function missingByUs({ file }: Reference, rules: RegExp): Set<string> {
  const { issues } = examine(readFileSync(join(corpus, file)));
  return new Set(issues.filter(({ rule }) => rules.test(rule)).map(({ location }) => location));
}

interface Agreement {
  readonly precision: number;
  readonly recall: number;
  readonly findings: number;
}

function compare(rules: RegExp, missing: RegExp): Agreement {
  const counts = { both: 0, ours: 0, theirs: 0 };
  for (const reference of references().filter(isConclusive)) {
    const [ours, theirs] = [missingByUs(reference, rules), missingByReference(reference, missing)];
    counts.both += [...ours].filter((location) => theirs.has(location)).length;
    counts.ours += ours.size;
    counts.theirs += theirs.size;
  }
  return {
    precision: counts.both / counts.ours,
    recall: counts.both / counts.theirs,
    findings: counts.theirs,
  };
}

for (const [title, rules, missing] of [
  ['Type 1 and 2', /type[12]-missing/, /^[12] Required/],
  ['Type 1, 1C, 2 and 2C', /type[12]c?-missing/, /^[12]C? (Required|Conditional)/],
] as const) {
  test(`missing attributes of ${title} are those that dciodvfy finds`, (t) => {
    if (!existsSync(corpus)) {
      t.log(`skipped: there is no ${corpus}`);
      t.pass();
      return;
    }
    const { precision, recall, findings } = compare(rules, missing);
    t.log(`precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}, of ${findings} findings`);
    t.true(precision >= 0.98);
    t.true(recall >= 0.98);
  });
}

test('every file of the corpus gets a verdict', (t) => {
  if (!existsSync(corpus)) {
    t.log(`skipped: there is no ${corpus}`);
    t.pass();
    return;
  }
  for (const { file } of references()) t.is(examine(readFileSync(join(corpus, file))).format, 'dicom', file);
});
