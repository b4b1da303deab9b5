/** Checks each value against its value representation and the dictionary (PS3.5, 6; PS3.6, 6). */
import type { DataSet, Element, Source } from './data-set.ts';
import { locate, readText, withoutPadding } from './data-set.ts';
import { attributeOf, nameOf } from './dictionary.ts';
import type { Find } from './rules.ts';
import type { ValueRepresentation } from './value-representations.ts';
import { valueRepresentations } from './value-representations.ts';

const CHARACTER_SET = 0x00080005;

/** Those in which a byte of a character may be that of the backslash, or characters have several bytes. */
const multiByteSets = /ISO 2022 IR (58|87|149|159)|GB18030|GBK/;

type Characters = 'single-byte' | 'utf-8' | 'unknown';

export class ValueCheck {
  readonly #find: Find;
  #characters: Characters = 'single-byte';

  constructor(find: Find) {
    this.#find = find;
  }

  visit(element: Element, set: DataSet, source: Source): void {
    const representation = valueRepresentations.get(element.vr);
    if (representation === undefined) return;
    if (element.tag === CHARACTER_SET) this.#characters = charactersOf(readText(source, element));
    this.#checkDictionary(element, set);
    if (element.length === 0) return;
    if (representation.kind === 'text') this.#checkText(element, set, source, representation);
    else this.#checkBinary(element, set, representation);
  }

  #checkDictionary({ tag, vr }: Element, set: DataSet): void {
    const vrs = attributeOf(tag)?.vrs;
    if (vr === 'UN' || vrs === undefined || vrs.includes(vr)) return;
    const message = `The value representation of ${nameOf(tag)} has to be ${vrs.join(' or ')}.`;
    this.#find('dicom/vr-mismatch', locate(set, tag), message);
  }

  #checkBinary(element: Element, set: DataSet, { kind, size, form }: ValueRepresentation): void {
    if (element.length % size !== 0) {
      this.#find('dicom/value-length', locate(set, element.tag), `${nameOf(element.tag)} has to be ${form}.`);
    } else if (kind === 'binary') this.#checkMultiplicity(element, set, element.length / size);
  }

  #checkText(element: Element, set: DataSet, source: Source, representation: ValueRepresentation): void {
    const isFree = representation.holds === null;
    if (isFree && this.#characters === 'unknown') return;
    const encoding = isFree && this.#characters === 'utf-8' ? 'utf8' : 'latin1';
    const text = source.bytes.toString(encoding, element.offset, element.offset + element.length);
    const values = representation.isMultiple ? text.split('\\') : [text];
    this.#checkMultiplicity(element, set, values.length);
    this.#checkValues(element, set, values.map(withoutPadding), representation);
  }

  /** One finding an element: what is wrong with the first value is often wrong with all. */
  #checkValues(
    { tag }: Element,
    set: DataSet,
    values: readonly string[],
    { holds, size, form }: ValueRepresentation,
  ): void {
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
    if (attribute === null || isAllowed(count, attribute.vm)) return;
    const message = `${nameOf(tag)} has another number of values than ${attribute.vm}.`;
    this.#find('dicom/value-multiplicity', locate(set, tag), message);
  }
}

function charactersOf(terms: string): Characters {
  if (terms.includes('ISO_IR 192')) return 'utf-8';
  return multiByteSets.test(terms) ? 'unknown' : 'single-byte';
}

/** No control characters but those of text lines, and ESC, which switches the character set (PS3.5, 6.1.3). */
function isFreeText(value: string): boolean {
  return !/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(value);
}

/** Code points: those beyond the basic plane have two code units. */
function characterCount(value: string): number {
  return value.replace(/[\ud800-\udbff]/g, '').length;
}

function ordinal(index: number, count: number): string {
  return count === 1 ? '' : `Value ${index + 1} of `;
}

/** `1`, `1-2`, `1-n`, `2-2n`: least, and either most or the step. */
function isAllowed(count: number, vm: string): boolean {
  const parts = /^(\d+)(?:-(\d*)(n?))?/.exec(vm);
  if (parts === null) return true;
  const [, least = '1', most = '', unlimited = ''] = parts;
  if (count < Number(least)) return false;
  if (unlimited !== '') return count % Number(most === '' ? '1' : most) === 0;
  return count <= Number(most === '' ? least : most);
}
