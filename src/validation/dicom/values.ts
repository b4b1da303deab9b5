/** Checks each value against its value representation and the dictionary (PS3.5, 6; PS3.6, 6). */
import type { CharacterSets, Decoded } from './character-sets.ts';
import { characterSetsOf } from './character-sets.ts';
import type { DataSet, Element, Source } from './data-set.ts';
import { locate, readValues, withoutPadding } from './data-set.ts';
import { attributeOf, isPrivate, nameOf } from './dictionary.ts';
import type { Find } from './rules.ts';
import type { ValueRepresentation } from './value-representations.ts';
import { isUtcOffset, valueRepresentations } from './value-representations.ts';

const CHARACTER_SET = 0x00080005;
const TIMEZONE_OFFSET = 0x00080201;

/** Those of a data set that names no others. */
const defaultSets = characterSetsOf(['']);

export class ValueCheck {
  readonly #find: Find;
  /** By the data sets that name them; null where a name is none of the standard's, so that nothing can be decoded. */
  readonly #characterSets = new Map<DataSet, CharacterSets | null>();

  constructor(find: Find) {
    this.#find = find;
  }

  visit(element: Element, set: DataSet, source: Source): void {
    const representation = valueRepresentations.get(element.vr);
    if (representation === undefined) return;
    this.#checkDictionary(element, set);
    if (element.length === 0) return;
    if (element.tag === CHARACTER_SET) this.#readCharacterSets(element, set, source);
    if (representation.kind === 'text') this.#checkText(element, set, source, representation);
    else this.#checkBinary(element, set, representation);
  }

  #checkDictionary(element: Element, set: DataSet): void {
    const { tag, vr } = element;
    if (isPrivate(tag)) {
      this.#checkPrivate(element, set);
      return;
    }
    const vrs = attributeOf(tag)?.vrs;
    if (vrs === undefined && (tag & 0xffff) !== 0) {
      const message = 'The dictionary has no such attribute: it is newer, or should be a private one.';
      this.#find('dicom/unknown-attribute', locate(set, tag), message);
    }
    if (vr === 'UN' || vrs === undefined || vrs.includes(vr)) return;
    const message = `The value representation of ${nameOf(tag)} has to be ${vrs.join(' or ')}.`;
    this.#find('dicom/vr-mismatch', locate(set, tag), message);
  }

  /** The creator of a block of private elements is named by the element (gggg,00bb) before it (PS3.5, 7.8.1). */
  #checkPrivate({ tag, length }: Element, set: DataSet): void {
    const element = tag & 0xffff;
    if (element < 0x1000) {
      if (element === 0 || (element >= 0x10 && element <= 0xff && length > 0)) return;
      const message =
        'No private element may have this number: creators have 0010 to 00FF, their blocks follow.';
      this.#find('dicom/private-creator', locate(set, tag), message);
      return;
    }
    const creator = set.elements.get(tag - element + (element >>> 8));
    if (creator !== undefined && creator.length > 0) return;
    this.#find('dicom/private-creator', locate(set, tag), 'The private element has no creator in its group.');
  }

  #readCharacterSets(element: Element, set: DataSet, source: Source): void {
    const sets = characterSetsOf(readValues(source, element));
    this.#characterSets.set(set, sets);
    if (sets !== null) return;
    const message =
      'Specific Character Set has a value that the standard does not define: texts were not decoded.';
    this.#find('dicom/character-set', locate(set, CHARACTER_SET), message);
  }

  #checkBinary(element: Element, set: DataSet, { kind, size, form }: ValueRepresentation): void {
    if (element.length % size !== 0) {
      this.#find('dicom/value-length', locate(set, element.tag), `${nameOf(element.tag)} has to be ${form}.`);
    } else if (kind === 'binary') this.#checkMultiplicity(element, set, element.length / size);
  }

  #checkText(element: Element, set: DataSet, source: Source, representation: ValueRepresentation): void {
    const { offset, length } = element;
    const bytes = source.bytes.toString('latin1', offset, offset + length);
    const text = representation.isLocal ? this.#decode(bytes, element, set, source) : bytes;
    if (text === null) return;
    const values = representation.isMultiple && text.includes('\\') ? text.split('\\') : [text];
    this.#checkMultiplicity(element, set, values.length);
    this.#checkValues(element, set, values.map(withoutPadding), representation);
  }

  /** Null after a finding that says why the text cannot be read, and where that was said of its character set. */
  #decode(latin: string, { tag, offset, length }: Element, set: DataSet, source: Source): string | null {
    if (isAscii(latin)) return latin;
    const sets = this.#setsFor(set);
    if (sets === null) return null;
    const decoded = sets.decode(source.bytes.subarray(offset, offset + length));
    if ('text' in decoded) return decoded.text;
    this.#find('dicom/character-set', locate(set, tag), `${nameOf(tag)} ${faults[decoded.fault]}`);
    return null;
  }

  /** An item without Specific Character Set has that of what it stands in (PS3.3, C.12.1.1.2). */
  #setsFor(start: DataSet): CharacterSets | null {
    for (let set: DataSet | null = start; set !== null; set = set.parent) {
      const sets = this.#characterSets.get(set);
      if (sets !== undefined) return sets;
    }
    return defaultSets;
  }

  /** One finding an element: what is wrong with the first value is often wrong with all. */
  #checkValues(
    { tag }: Element,
    set: DataSet,
    values: readonly string[],
    representation: ValueRepresentation,
  ): void {
    const { size } = representation;
    const { holds, form } = ownForms.get(tag) ?? representation;
    const bad = values.findIndex((value) => value !== '' && !(holds ?? isFreeText)(value));
    if (bad >= 0) {
      const message = `${ordinal(bad, values.length)}${nameOf(tag)} has to be ${form}.`;
      this.#find('dicom/value-format', locate(set, tag), message);
    }
    const long =
      size === 0 ? -1 : values.findIndex((value) => value.length > size && characterCount(value) > size);
    if (long >= 0) {
      const message = `${ordinal(long, values.length)}${nameOf(tag)} has more than ${size} characters.`;
      this.#find('dicom/value-length', locate(set, tag), message);
    }
  }

  #checkMultiplicity({ tag }: Element, set: DataSet, count: number): void {
    const attribute = attributeOf(tag);
    if (attribute === null) return;
    const { least, most, step } = attribute.multiplicity;
    if (count >= least && count <= most && count % step === 0) return;
    const message = `${nameOf(tag)} has another number of values than ${attribute.vm}.`;
    this.#find('dicom/value-multiplicity', locate(set, tag), message);
  }
}

/** Attributes whose values have a form beyond that of their value representation. */
const ownForms: ReadonlyMap<number, Pick<ValueRepresentation, 'holds' | 'form'>> = new Map([
  [TIMEZONE_OFFSET, { holds: isTimezoneOffset, form: 'an offset from -1200 to +1400, such as +0100' }],
]);

const faults: Readonly<Record<Extract<Decoded, { fault: string }>['fault'], string>> = {
  bytes: 'has bytes that are no characters of its character set.',
  escape: 'switches to a character set that Specific Character Set does not name.',
};

/** Neither the upper half nor escape sequences: the same in all the sets. */
function isAscii(latin: string): boolean {
  return !/[\x1b\x80-\xff]/.test(latin);
}

/** No control characters but those of text lines (PS3.5, 6.1.3). */
function isFreeText(value: string): boolean {
  return !/[\0-\x08\x0b\x0e-\x1f\x7f-\x9f]/.test(value);
}

/** UTC is +0000 and nothing else (PS3.3, C.12.1.1.8). */
function isTimezoneOffset(value: string): boolean {
  return isUtcOffset(value) && value !== '-0000';
}

/** Code points: those beyond the basic plane have two code units. */
function characterCount(value: string): number {
  return value.replace(/[\ud800-\udbff]/g, '').length;
}

function ordinal(index: number, count: number): string {
  return count === 1 ? '' : `Value ${index + 1} of `;
}
