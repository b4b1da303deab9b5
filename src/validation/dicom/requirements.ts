/** Checks that an object has what its definition requires (PS3.3; usage of modules: A.1.3; types: PS3.5, 7.4). */
import type { DataSet, Element, Source } from './data-set.ts';
import { formatTag, locate, readValues } from './data-set.ts';
import type {
  AttributeType,
  Definition,
  FunctionalGroup,
  Group,
  Module,
  Requirement,
  Terms,
} from './definitions.ts';
import { nameOf } from './dictionary.ts';
import type { DicomRule, Find } from './rules.ts';

/** Findings beyond this many help nobody, and a file of empty items would give millions. */
const MOST_FINDINGS = 10_000;

const SHARED_GROUPS = 0x52009229;
const PER_FRAME_GROUPS = 0x52009230;
const FRAME_CONTENT = 0x00209111;
const FRAMES = 0x00280008;
const FIRST_OVERLAY = 0x60000000;
const OVERLAYS = 16;
/** Overlay groups have even numbers. */
const NEXT_OVERLAY = 0x00020000;

type Demanding = Exclude<AttributeType, '3'>;

const missing: Readonly<Record<Demanding, DicomRule>> = {
  '1': 'dicom/type1-missing',
  '1C': 'dicom/type1c-missing',
  '2': 'dicom/type2-missing',
  '2C': 'dicom/type2c-missing',
};

export class RequirementCheck {
  readonly #find: Find;
  readonly #source: Source;
  /** Where something was found: several modules may require the same attribute. */
  readonly #found = new Set<string>();
  #spec = '';
  /** What is added to the tags of a module of repeating groups. */
  #shift = 0;

  constructor(source: Source, find: Find) {
    this.#source = source;
    this.#find = find;
  }

  check(root: DataSet, { modules, functionalGroups }: Definition): void {
    for (const module of modules) {
      this.#spec = `DICOM PS3.3, Table ${module.table}`;
      if (module.repeats) this.#checkOverlays(root, module);
      else if (this.#isThere(module, root)) this.#checkGroup(root, module.group);
    }
    if (functionalGroups.length > 0) this.#checkFunctionalGroups(root, functionalGroups);
  }

  #isThere({ isMandatory, condition, marks }: Module, root: DataSet): boolean {
    if (isMandatory || condition?.test(root, this.#source) === true) return true;
    return marks.some((tag) => root.elements.has(tag));
  }

  #checkOverlays(root: DataSet, { group }: Module): void {
    if (root.lastTag < FIRST_OVERLAY) return;
    for (let number = 0; number < OVERLAYS; number += 1) {
      this.#shift = number * NEXT_OVERLAY;
      if (group.some(({ tag }) => root.elements.has(tag + this.#shift))) this.#checkGroup(root, group);
    }
    this.#shift = 0;
  }

  #checkGroup(set: DataSet, group: Group): void {
    for (const requirement of group) {
      const element = set.elements.get(requirement.tag + this.#shift);
      if (element !== undefined) this.#checkElement(set, element, requirement);
      else if (requirement.type !== '3') this.#checkMissing(set, requirement, requirement.type);
    }
  }

  #checkElement(set: DataSet, element: Element, { type, items, terms, condition }: Requirement): void {
    // An attribute of a macro that is not for this item (a code in a text, say) is only out of place.
    if (condition !== null && !type.endsWith('C') && condition.test(set, this.#source) !== true) return;
    if ((type === '1' || type === '1C') && isEmpty(element, set)) {
      this.#add(
        'dicom/type1-empty',
        set,
        element.tag,
        `${nameOf(element.tag)} needs a value (Type ${type}).`,
      );
    } else if (terms.length > 0) this.#checkTerms(set, element, terms);
    if (items === null || element.items === null) return;
    for (const item of element.items) {
      if (this.#found.size >= MOST_FINDINGS) return;
      this.#checkGroup(item, items);
    }
  }

  #checkMissing(set: DataSet, { tag, condition }: Requirement, type: Demanding): void {
    if (condition === null ? type.endsWith('C') : condition.test(set, this.#source) !== true) return;
    const how = type.startsWith('1') ? 'with a value' : 'if empty';
    const where = condition === null ? '' : `, where ${condition.words}`;
    const spec =
      condition === null || condition.section === '' ? this.#spec : `DICOM PS3.3, ${condition.section}`;
    this.#addMissing(missing[type], set, tag, `it is required, ${how} (Type ${type})${where}.`, spec);
  }

  #addMissing(rule: DicomRule, set: DataSet, tag: number, why: string, spec = this.#spec): void {
    const shifted = tag + this.#shift;
    if (!set.isComplete && shifted > set.lastTag) return;
    this.#add(rule, set, shifted, `${nameOf(shifted)} is missing: ${why}`, spec);
  }

  #checkTerms(set: DataSet, element: Element, lists: readonly Terms[]): void {
    const values = readValues(this.#source, element);
    for (const { isEnumerated, value, terms } of lists) {
      const named = value === 0 ? values : values.slice(value - 1, value);
      if (named.every((each) => each === '' || terms.has(each))) continue;
      const which = value === 0 ? '' : `Value ${value} of `;
      if (isEnumerated) {
        const message = `${which}${nameOf(element.tag)} has to be ${[...terms].join(' or ')}.`;
        this.#add('dicom/enumerated-value', set, element.tag, message);
      } else {
        const message = `${which}${nameOf(element.tag)} is none of the terms that the standard defines.`;
        this.#add('dicom/defined-term', set, element.tag, message);
      }
    }
  }

  /**
   * Each stands in the one item of the shared groups, or in the item of every frame; Frame Content in the latter only
   * (PS3.3, C.7.6.16). What is in neither is missing from both.
   */
  #checkFunctionalGroups(root: DataSet, groups: readonly FunctionalGroup[]): void {
    const shared = root.elements.get(SHARED_GROUPS)?.items?.slice(0, 1) ?? [];
    const frames = root.elements.get(PER_FRAME_GROUPS)?.items ?? [];
    this.#checkFrameCount(root, frames.length);
    this.#spec = 'DICOM PS3.3, C.7.6.16';
    for (const { tag, condition } of groups) {
      const places = tag === FRAME_CONTENT ? [] : shared;
      if (places.some(({ elements }) => elements.has(tag))) continue;
      if (condition !== null && condition.test(root, this.#source) !== true) continue;
      const isInFrames = frames.some(({ elements }) => elements.has(tag));
      for (const place of isInFrames ? frames : [...places, ...frames]) {
        if (place.elements.has(tag)) continue;
        const why = 'this functional group is required, shared or for each frame (Type 1).';
        this.#addMissing('dicom/type1-missing', place, tag, why);
      }
    }
  }

  /** There is an item for each frame, but for what a tiled image leaves out (PS3.3, C.7.6.16). */
  #checkFrameCount(root: DataSet, items: number): void {
    const frames = root.elements.get(FRAMES);
    if (frames === undefined || items === 0 || !root.isComplete) return;
    if (Number(readValues(this.#source, frames)[0]) === items) return;
    const message = 'The functional groups have another number of items than the image has frames.';
    this.#find('dicom/frame-count', formatTag(PER_FRAME_GROUPS), message);
  }

  #add(rule: DicomRule, set: DataSet, tag: number, message: string, spec = this.#spec): void {
    if (this.#found.size >= MOST_FINDINGS) return;
    const location = locate(set, tag);
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
