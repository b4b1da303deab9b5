/** The codes of the value sets to which elements are bound, from the official expansions. */
import type { Contained, ElementRow, Release } from './sources.ts';

const FHIR_SETS = 'http://hl7.org/fhir/ValueSet/';
const TOO_COSTLY = 'http://hl7.org/fhir/StructureDefinition/valueset-toocostly';
const GREATEST_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';
/** Sets that are a grammar and no list: the engine knows their form. */
const grammars = new Set(['mimetypes', 'all-languages']);

type Codes = Readonly<Record<string, readonly string[]>>;

/** Hands out the names of sets, and remembers which were asked for. */
export class ValueSets {
  readonly used = new Map<string, Codes>();
  readonly #release: Release;

  constructor(release: Release) {
    this.#release = release;
  }

  /** The name of the set that binds the row, null where none does that can be written out. */
  nameFor({ binding, type = [] }: Pick<ElementRow, 'binding' | 'type'>): string | null {
    const greatest = binding?.extension?.find(({ url }) => url === GREATEST_SET)?.valueCanonical;
    const url = (binding?.strength === 'required' ? binding.valueSet : greatest)?.replace(/\|.*$/, '');
    if (url === undefined || type.length === 0) return null;
    const name = url.startsWith(FHIR_SETS) ? url.slice(FHIR_SETS.length) : url;
    if (grammars.has(name)) return name;
    const codes = this.#expand(url);
    if (codes === null) return null;
    this.used.set(name, codes);
    return name;
  }

  #expand(url: string): Codes | null {
    const expansion = this.#release.valueSets.get(url)?.expansion;
    if (expansion?.extension?.some((extension) => extension.url === TOO_COSTLY)) return null;
    const codes: Record<string, string[]> = {};
    collect(expansion?.contains ?? [], codes);
    return Object.keys(codes).length === 0 ? null : codes;
  }
}

export function valueSetTable({ used }: ValueSets): { readonly sets: Readonly<Record<string, Codes>> } {
  return { sets: Object.fromEntries([...used].sort(([a], [b]) => a.localeCompare(b))) };
}

function collect(contained: readonly Contained[], codes: Record<string, string[]>): void {
  for (const { system = '', code, abstract, contains } of contained) {
    if (code !== undefined && abstract !== true) (codes[system] ??= []).push(code);
    collect(contains ?? [], codes);
  }
}
