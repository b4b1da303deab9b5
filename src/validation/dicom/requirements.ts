/** Checks that an object has what the mandatory modules of its SOP class require (PS3.3; types: PS3.5, 7.4). */
import type { DataSet, Element, Source } from './data-set.ts';
import { readText } from './data-set.ts';
import type { Condition, Module, Requirement } from './dictionary.ts';
import { nameOf } from './dictionary.ts';
import { locate } from './reader.ts';
import type { Find } from './rules.ts';

/** Findings beyond this many help nobody, and a file of empty items would give millions. */
const MOST_FINDINGS = 10_000;

export class RequirementCheck {
  readonly #find: Find;
  readonly #source: Source;
  /** Where something was found: several modules may require the same attribute. */
  readonly #found = new Set<string>();

  constructor(source: Source, find: Find) {
    this.#source = source;
    this.#find = find;
  }

  check(root: DataSet, modules: readonly Module[]): void {
    for (const { table, group } of modules) this.#checkGroup(root, group, `DICOM PS3.3, Table ${table}`);
  }

  #checkGroup(set: DataSet, group: readonly Requirement[], spec: string): void {
    for (const requirement of group) {
      if (this.#found.size >= MOST_FINDINGS) return;
      const element = set.elements.get(requirement.tag);
      if (!this.#applies(requirement.condition, set)) continue;
      if (element === undefined) this.#missing(set, requirement, spec);
      else this.#checkElement(set, element, requirement, spec);
    }
  }

  #checkElement(set: DataSet, element: Element, { type, items }: Requirement, spec: string): void {
    if ((type === '1' || type === '1C') && isEmpty(element, set)) {
      this.#add(
        'dicom/type1-empty',
        locate(set, element.tag),
        `${nameOf(element.tag)} needs a value (Type ${type}).`,
        spec,
      );
    }
    if (items === null || element.items === null) return;
    for (const item of element.items) this.#checkGroup(item, items, spec);
  }

  #missing(set: DataSet, { tag, type }: Requirement, spec: string): void {
    if (!set.isComplete && tag > set.lastTag) return;
    const location = locate(set, tag);
    if (type === '1') {
      this.#add(
        'dicom/type1-missing',
        location,
        `${nameOf(tag)} is missing: it is required, with a value (Type 1).`,
        spec,
      );
    } else if (type === '2') {
      this.#add(
        'dicom/type2-missing',
        location,
        `${nameOf(tag)} is missing: it is required, if empty (Type 2).`,
        spec,
      );
    }
  }

  #applies(condition: Condition | null, set: DataSet): boolean {
    if (condition === null) return true;
    const element = set.elements.get(condition.tag);
    if (condition.values.length === 0) return element === undefined;
    return condition.values.includes(readText(this.#source, element));
  }

  #add(rule: Parameters<Find>[0], location: string, message: string, spec: string): void {
    if (this.#found.has(location)) return;
    this.#found.add(location);
    this.#find(rule, location, message, spec);
  }
}

/** What was being read when the bytes ended is not called empty. */
function isEmpty({ tag, length, items }: Element, set: DataSet): boolean {
  if (!set.isComplete && tag >= set.lastTag) return false;
  return items === null ? length === 0 : items.length === 0;
}
