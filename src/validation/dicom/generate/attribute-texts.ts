/** What the texts of PS3.3 say of an attribute in its place: when it is required, and which values it may have. */
import type { Predicate } from '../conditions.ts';
import { readCondition } from './conditions.ts';
import type { Description, Standard } from './standard.ts';
import { bare } from './standard.ts';
import type { Stated } from './stated-conditions.ts';
import { stated } from './stated-conditions.ts';
import { statedTerms } from './stated-terms.ts';
import type { Terms } from './terms.ts';
import { readTerms } from './terms.ts';

/** A predicate, the section that states it (empty for that of the module), and words where those of the predicate are many. */
export type Condition = readonly [Predicate, section: string, words?: string];

/** Attributes that sentences name without their tags. */
const named = [
  ...[
    'SOP Class UID',
    'Number of Frames',
    'Image Type',
    'Observer Type',
    'Rescale Intercept',
    'Table Motion',
  ],
  ...['Pixel Component Organization', 'Frame Time', 'Frame Time Vector', 'Rescale Type'],
  ...['Channel Sample Skew', 'Channel Time Skew'],
];

export class AttributeTexts {
  readonly names: ReadonlyMap<string, string>;
  readonly #vrs: ReadonlyMap<string, string>;
  /** By `module path`, then by the last two steps of the path, then by the attribute alone. */
  readonly #descriptions = new Map<string, Description[]>();

  constructor(standard: Standard) {
    const { attributes, attributesOf } = standard;
    this.names = new Map(
      attributes.flatMap(({ name, tag }) => (named.includes(name) ? [[name, bare(tag)] as const] : [])),
    );
    this.#vrs = new Map(attributes.map(({ tag, valueRepresentation }) => [bare(tag), valueRepresentation]));
    for (const module of attributesOf.keys()) {
      for (const description of standard.descriptionsOf(module)) this.#add(module, description);
    }
  }

  /** `isSibling`: whether the same item has an attribute; others are looked for in what encloses it. */
  conditionOf(
    module: string,
    path: readonly string[],
    isSibling: (tag: string) => boolean,
  ): Condition | null {
    const byHand = stated.find((each) => each.tag === path.at(-1) && isFor(each, module, path, isSibling));
    if (byHand !== undefined) return conditionIn(byHand);
    const tag = path.at(-1) ?? '';
    const read = this.#texts(module, path).map(({ html }) => readCondition(plain(html), this.names));
    const computable = read.filter((predicate) => predicate !== null);
    // A condition on the attribute's own value (its default is left out) says nothing of when it is missing.
    const predicates = distinct(computable.filter((predicate) => !JSON.stringify(predicate).includes(tag)));
    const [first, ...others] = predicates;
    if (first === undefined) return null;
    const when: Predicate = others.length === 0 ? first : ['any', first, ...others];
    return [scoped(when, isSibling), ''];
  }

  /** When an attribute of Type 1 or 2 is required that belongs to a macro for some items only; null for always. */
  macroConditionOf(path: readonly string[], isSibling: (tag: string) => boolean): Condition | null {
    const ofMacro = stated.find(
      ({ tag, beside }) => tag === path.at(-1) && beside !== null && isSibling(beside),
    );
    return ofMacro === undefined ? null : conditionIn(ofMacro);
  }

  /** None where its texts differ. */
  termsOf(module: string, path: readonly string[]): readonly Terms[] {
    const byHand = statedTerms.find((each) => each.module === module && each.tag === path.join(':'));
    if (byHand !== undefined) return byHand.terms;
    const vr = this.#vrs.get(path.at(-1) ?? '') ?? '';
    const [only, ...others] = distinct(this.#texts(module, path).map(({ html }) => readTerms(html, vr)));
    return only !== undefined && others.length === 0 ? only : [];
  }

  /** Those of the attribute in its place; for modules without texts, those of the same attribute elsewhere if they agree. */
  #texts(module: string, path: readonly string[]): readonly Description[] {
    const inPlace = this.#descriptions.get(`${module} ${path.join(':')}`);
    if (inPlace !== undefined) return inPlace;
    const elsewhere =
      this.#descriptions.get(path.slice(-2).join(':')) ??
      this.#descriptions.get(`*:${path.at(-1) ?? ''}`) ??
      [];
    return distinct(elsewhere.map(({ html }) => plain(html))).length === 1 ? elsewhere.slice(0, 1) : [];
  }

  #add(module: string, description: Description): void {
    const { path } = description;
    for (const key of [`${module} ${path.join(':')}`, path.slice(-2).join(':'), `*:${path.at(-1) ?? ''}`]) {
      const known = this.#descriptions.get(key);
      if (known === undefined) this.#descriptions.set(key, [description]);
      else if (known.every(({ html }) => html !== description.html)) known.push(description);
    }
  }
}

function conditionIn({ when, section, words }: Stated): Condition {
  return words === null ? [when, section] : [when, section, words];
}

function isFor(
  { modules, beside }: Stated,
  module: string,
  path: readonly string[],
  isSibling: (tag: string) => boolean,
): boolean {
  if (beside !== null) return isSibling(beside);
  return modules === 'all' || (path.length === 1 && modules.includes(module));
}

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function scoped(predicate: Predicate, isSibling: (tag: string) => boolean): Predicate {
  const place = (tag: string): string => (isSibling(tag) ? tag : `^${tag}`);
  switch (predicate[0]) {
    case 'has':
      return ['has', place(predicate[1])];
    case 'is': {
      const [, tag, index, ...values] = predicate;
      return ['is', place(tag), index, ...values];
    }
    case 'more':
      return ['more', place(predicate[1]), predicate[2]];
    case 'within':
      return ['within', place(predicate[1]), predicate[2]];
    case 'not':
      return ['not', scoped(predicate[1], isSibling)];
    case 'all':
    case 'any': {
      const [operator, ...operands] = predicate;
      return [operator, ...operands.map((operand) => scoped(operand, isSibling))];
    }
  }
}
