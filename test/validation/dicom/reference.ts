/** The corpus beside the checkout (`../shared/corpora/dicom`), and how we agree with dciodvfy's verdicts on it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from './examine.ts';

export const corpus = join(import.meta.dirname, '../../../../shared/corpora/dicom');

export interface Reference {
  readonly file: string;
  readonly iod: readonly string[];
  readonly dciodvfy_errors: readonly string[];
}

/** Empty where there is no corpus. */
export function references(): readonly Reference[] {
  const verdicts = join(corpus, 'verdicts.json');
  if (!existsSync(verdicts)) return [];
  const all = JSON.parse(readFileSync(verdicts, 'utf8')) as Reference[];
  return all.filter(({ file }) => existsSync(join(corpus, file)));
}

export function readReference({ file }: Reference): Buffer {
  return readFileSync(join(corpus, file));
}

/** Which findings are compared: our rules, and what follows `Missing attribute for Type` in dciodvfy's words. */
export interface Findings {
  readonly title: string;
  readonly rules: RegExp;
  readonly missing: RegExp;
}

export const unconditional: Findings = {
  title: 'Type 1 and 2',
  rules: /type[12]-missing/,
  missing: /^[12] Required/,
};
export const all: Findings = {
  title: 'Type 1, 1C, 2 and 2C',
  rules: /type[12]c?-missing/,
  missing: /^[12]C? (Required|Conditional)/,
};

export interface Agreement {
  readonly precision: number;
  readonly recall: number;
  /** Of dciodvfy. */
  readonly findings: number;
}

/** Attribute by attribute, over the files of which dciodvfy told the object's definition, and did not crash. */
export function agreement(findings: Findings): Agreement {
  const counts = { both: 0, ours: 0, theirs: 0 };
  for (const reference of references().filter(isConclusive)) {
    const [ours, theirs] = [missingByUs(reference, findings), missingByReference(reference, findings)];
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

function isConclusive({ iod }: Reference): boolean {
  return /^\w+$/.test(iod[0] ?? '');
}

/** The tag paths of what it found missing. */
function missingByReference({ dciodvfy_errors }: Reference, { missing }: Findings): Set<string> {
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

function missingByUs(reference: Reference, { rules }: Findings): Set<string> {
  const { issues } = examine(readReference(reference));
  return new Set(issues.filter(({ rule }) => rules.test(rule)).map(({ location }) => location));
}
