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

/** The tag paths of the attributes of Type 1 and 2 that dciodvfy found missing. */
function missingByReference({ dciodvfy_errors }: Reference): Set<string> {
  const found = dciodvfy_errors.flatMap((line) => {
    const path = /^Error - <(\/[^>]*)> - Missing attribute for Type [12] Required/.exec(line)?.[1];
    return path === undefined ? [] : [path.split('/').slice(1).map(tagOf).join('.')];
  });
  return new Set(found);
}

function tagOf(step: string): string {
  return /\([0-9a-f,]+\)(\[\d+\])?/.exec(step)?.[0] ?? step;
}

function missingByUs({ file }: Reference): Set<string> {
  const { issues } = examine(readFileSync(join(corpus, file)));
  return new Set(issues.filter(({ rule }) => /type[12]-missing/.test(rule)).map(({ location }) => location));
}

test('missing attributes of Type 1 and 2 are those that dciodvfy finds', (t) => {
  if (!existsSync(corpus)) {
    t.log(`skipped: there is no ${corpus}`);
    t.pass();
    return;
  }
  const counts = { both: 0, ours: 0, theirs: 0 };
  for (const reference of references().filter(isConclusive)) {
    const [ours, theirs] = [missingByUs(reference), missingByReference(reference)];
    counts.both += [...ours].filter((location) => theirs.has(location)).length;
    counts.ours += ours.size;
    counts.theirs += theirs.size;
  }
  const precision = counts.both / counts.ours;
  const recall = counts.both / counts.theirs;
  t.log(`precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}, of ${counts.theirs} findings`);
  t.true(precision >= 0.99);
  t.true(recall >= 0.99);
});

test('every file of the corpus gets a verdict', (t) => {
  if (!existsSync(corpus)) {
    t.log(`skipped: there is no ${corpus}`);
    t.pass();
    return;
  }
  for (const { file } of references()) t.is(examine(readFileSync(join(corpus, file))).format, 'dicom', file);
});
