/** The facts of PS3.6: the data dictionary and the transfer syntaxes. */
import { loadTable } from '../tables.ts';
import { formatTag, hexTag } from './data-set.ts';

export interface Attribute {
  /** The value representations that the dictionary allows: one, or a choice such as US and SS. */
  readonly vrs: readonly string[];
  /** `1`, `1-n`, `2-2n`, … */
  readonly vm: string;
  readonly multiplicity: Multiplicity;
  readonly keyword: string;
}

/** Least and most values, and of how many their number has to be a multiple. */
export interface Multiplicity {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

export type Encoding =
  'implicit' | 'explicit' | 'big-endian' | 'deflated' | 'encapsulated' | 'deflated-image';

const dictionary = loadTable(new URL('tables/dictionary.json', import.meta.url)) as {
  readonly attributes: Readonly<Record<string, string>>;
};
const syntaxes = loadTable(new URL('tables/transfer-syntaxes.json', import.meta.url)) as {
  readonly transferSyntaxes: Readonly<Record<string, Encoding>>;
};

const attributeCells = new Map(Object.entries(dictionary.attributes));
const attributes = new Map<number, Attribute | null>();
const transferSyntaxes = new Map(Object.entries(syntaxes.transferSyntaxes));

/** How the transfer syntax encodes a data set; undefined where the standard has no such UID. */
export function encodingOf(uid: string): Encoding | undefined {
  return transferSyntaxes.get(uid);
}

/** The dictionary's entry, null for a private tag; those of repeating groups (50xx, 60xx) serve each of them. */
export function attributeOf(tag: number): Attribute | null {
  if (isPrivate(tag)) return null;
  let attribute = attributes.get(tag);
  if (attribute === undefined) {
    attribute = parseAttribute(attributeCells.get(hexTag(tag)) ?? attributeCells.get(repeatingGroup(tag)));
    if (attribute !== null) attributes.set(tag, attribute);
  }
  return attribute;
}

/** Groups with odd numbers are free for everybody (PS3.5, 7.8). */
export function isPrivate(tag: number): boolean {
  return (tag & 0x10000) !== 0;
}

/** The attribute's keyword and tag, for a sentence. */
export function nameOf(tag: number): string {
  const keyword = attributeOf(tag)?.keyword;
  return keyword === undefined ? formatTag(tag) : `${keyword} ${formatTag(tag)}`;
}

function repeatingGroup(tag: number): string {
  const digits = hexTag(tag);
  return `${digits.slice(0, 2)}xx${digits.slice(4)}`;
}

function parseAttribute(cell: string | undefined): Attribute | null {
  if (cell === undefined) return null;
  const [vrs = '', vm = '', keyword = ''] = cell.split(' ');
  return { vrs: vrs.split('/'), vm, multiplicity: parseMultiplicity(vm), keyword };
}

/** What the standard leaves to a note is any number. */
function parseMultiplicity(vm: string): Multiplicity {
  const parts = /^(\d+)(?:-(\d*)(n?))?/.exec(vm);
  if (parts === null) return { least: 0, most: Infinity, step: 1 };
  const [, least = '1', most = '', unlimited = ''] = parts;
  if (unlimited !== '')
    return { least: Number(least), most: Infinity, step: Number(most === '' ? '1' : most) };
  return { least: Number(least), most: Number(most === '' ? least : most), step: 1 };
}
