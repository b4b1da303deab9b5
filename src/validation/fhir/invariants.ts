/** The invariants of the definitions: the hot ones in code of ours, all others as FHIRPath. */
import { erratumOf } from './errata.ts';
import { evaluate } from './fhirpath.ts';
import { choiceOf, has, type JsonObject } from './json-object.ts';
import { natives } from './native-invariants.ts';
import type { ReleaseName } from './releases.ts';
import type { Scope } from './scope.ts';

export type InvariantRow = readonly [
  key: string,
  severity: 'error' | 'warning',
  expression: string,
  /** The standard's own sentence for people. */
  human: string,
];

export interface Invariant {
  readonly key: string;
  /** Best practice by the standard's own words: it breaks no rule. */
  readonly isAdvice: boolean;
  readonly expression: string;
  readonly human: string;
  /** `path` is the element's in the definitions: FHIRPath needs it to know the types. */
  readonly holds: (element: JsonObject, scope: Scope, path: string) => boolean;
}

/** Invariants that the engine's other rules stand for. */
const elsewhere = new Set(['ref-1', 'dom-2', 'dom-3']);

export function invariant([key, severity, published, human]: InvariantRow, release: ReleaseName): Invariant {
  const erratum = erratumOf(key, published);
  const expression = erratum === undefined ? published : erratum.expression;
  const isAdvice = severity === 'warning';
  if (elsewhere.has(key) || expression === null)
    return { key, isAdvice, expression: published, human, holds: always };
  const holds = natives.get(expression) ?? inFhirPath(expression, release);
  return { key, isAdvice, expression, human, holds };
}

/** `x.empty() or …` and `x.exists() implies …` hold of whatever has no x: FHIRPath is not asked then. */
const onlyWith = /^(\w+)\.(?:empty\(\) or|exists\(\) implies) /;

function inFhirPath(expression: string, release: ReleaseName): Invariant['holds'] {
  const ask: Invariant['holds'] = (element, scope, path) =>
    evaluate(expression, { element, path, release, scope });
  const name = onlyWith.exec(expression)?.[1];
  if (name === undefined || / and | xor |empty\(\) or .* implies /.test(expression)) return ask;
  return (...args) => (!has(args[0], name) && choiceOf(args[0], name) === undefined ? true : ask(...args));
}

export function checkInvariants(
  invariants: readonly Invariant[],
  element: JsonObject,
  path: string,
  scope: Scope,
): void {
  for (const { key, isAdvice, human, holds } of invariants) {
    if (holds(element, scope, path)) continue;
    const rule = isAdvice ? 'fhir/best-practice' : 'fhir/invariant';
    scope.findings.add(rule, `The invariant ${key} does not hold: ${human}`, `${path} (${key})`);
  }
}

function always(): boolean {
  return true;
}
