/** The codes of a value set to which an element is bound, and whether a value is one of them. */
import { isLanguageTag, isMediaType } from './grammars.ts';
import { isObject } from './json-object.ts';

export interface BoundCodes {
  readonly valueSet: string;
  /** Whether a bare code is one of the set. */
  readonly has: (code: string) => boolean;
  /** Whether a code of a system is. */
  readonly hasOf: (system: string, code: string) => boolean;
  /** All codes, where the set is a list. */
  readonly all: ReadonlySet<string>;
}

type Codes = Readonly<Record<string, readonly string[]>>;

export interface ValueSetTable {
  readonly sets: Readonly<Record<string, Codes>>;
}

/** Value sets that are a grammar and no list (BCP 13, BCP 47). */
const grammars: ReadonlyMap<string, (code: string) => boolean> = new Map([
  ['mimetypes', isMediaType],
  ['all-languages', isLanguageTag],
]);

export function boundCodes(valueSet: string, codes: Codes): BoundCodes {
  const grammar = grammars.get(valueSet);
  if (grammar !== undefined) {
    return { valueSet, has: grammar, hasOf: (_system, code) => grammar(code), all: new Set() };
  }
  const bySystem = new Map(Object.entries(codes).map(([system, list]) => [system, new Set(list)]));
  const all = new Set(Object.values(codes).flat());
  return {
    valueSet,
    has: (code) => all.has(code),
    hasOf: (system, code) => bySystem.get(system)?.has(code) ?? false,
    all,
  };
}

/** Of a CodeableConcept with a required binding, one coding has to be of the value set. */
export function holdsCode(
  value: Readonly<Record<string, unknown>>,
  typeName: string,
  codes: BoundCodes,
): boolean {
  if (typeName === 'Coding') return isOfTheSet(value, codes);
  if (typeName === 'CodeableReference') {
    const concept = value['concept'];
    return !isObject(concept) || holdsCode(concept, 'CodeableConcept', codes);
  }
  if (typeName !== 'CodeableConcept') return true;
  const codings = value['coding'];
  if (codings === undefined && Object.hasOwn(value, 'extension')) return true;
  return Array.isArray(codings) && codings.some((coding) => isObject(coding) && isOfTheSet(coding, codes));
}

function isOfTheSet(coding: Readonly<Record<string, unknown>>, codes: BoundCodes): boolean {
  const { system, code } = coding;
  return typeof system === 'string' && typeof code === 'string' && codes.hasOf(system, code);
}

const MOST_CODES_NAMED = 12;

export function notOfTheSet({ valueSet, all }: BoundCodes): string {
  const named = all.size === 0 || all.size > MOST_CODES_NAMED ? '' : `: ${[...all].join(', ')}`;
  return `The code is not of the value set ${valueSet}${named}.`;
}
