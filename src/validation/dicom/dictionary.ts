/** The facts of DICOM: the data dictionary, transfer syntaxes, and what each SOP class requires. */
import { loadTable } from '../tables.ts';

export interface Attribute {
  /** The value representations that the dictionary allows: one, or a choice such as US and SS. */
  readonly vrs: readonly string[];
  /** `1`, `1-n`, `2-2n`, … */
  readonly vm: string;
  readonly keyword: string;
}

/** One row of a module: what is demanded of an attribute, and of the items of a sequence. */
export interface Requirement {
  readonly tag: number;
  readonly type: '1' | '1C' | '2' | '2C' | '3';
  readonly items: Group | null;
  readonly condition: Condition | null;
}

export type Group = readonly Requirement[];

/** Holds where the attribute has one of the values; without values, where it is absent. */
export interface Condition {
  readonly tag: number;
  readonly values: readonly string[];
}

export interface Module {
  /** The table of PS3.3 that defines it: `C.7-1`. */
  readonly table: string;
  readonly group: Group;
}

export type Encoding =
  'implicit' | 'explicit' | 'big-endian' | 'deflated' | 'encapsulated' | 'deflated-image';

interface RequirementTable {
  readonly sopClasses: Readonly<Record<string, readonly [name: string, iod: string | undefined]>>;
  readonly iods: Readonly<Record<string, readonly string[]>>;
  readonly modules: Readonly<Record<string, { readonly table: string; readonly group: number }>>;
  readonly groups: readonly (readonly string[])[];
}

const dictionary = loadTable(new URL('tables/dictionary.json', import.meta.url)) as {
  readonly attributes: Readonly<Record<string, string>>;
};
const requirements = loadTable(new URL('tables/requirements.json', import.meta.url)) as RequirementTable;
const syntaxes = loadTable(new URL('tables/transfer-syntaxes.json', import.meta.url)) as {
  readonly transferSyntaxes: Readonly<Record<string, Encoding>>;
};

const attributeCells = new Map(Object.entries(dictionary.attributes));
const attributes = new Map<number, Attribute | null>();
const sopClasses = new Map(Object.entries(requirements.sopClasses));
const transferSyntaxes = new Map(Object.entries(syntaxes.transferSyntaxes));
const iods = new Map<string, readonly Module[]>();
const groups = new Map<number, Group>();

/** How the transfer syntax encodes a data set; undefined where the standard has no such UID. */
export function encodingOf(uid: string): Encoding | undefined {
  return transferSyntaxes.get(uid);
}

/** The name of a storage SOP class, such as `CT Image`; null where the tables have none. */
export function sopClassName(uid: string): string | null {
  return sopClasses.get(uid)?.[0] ?? null;
}

/** The mandatory modules of the SOP class's information object definition. */
export function mandatoryModules(sopClass: string): readonly Module[] {
  const iod = sopClasses.get(sopClass)?.[1] ?? '';
  let modules = iods.get(iod);
  if (modules === undefined) {
    modules = (requirements.iods[iod] ?? []).flatMap(moduleOf);
    iods.set(iod, modules);
  }
  return modules;
}

/** What every composite object has: the module SOP Common. */
export function commonModules(): readonly Module[] {
  return moduleOf('sop-common');
}

/** The dictionary's entry; those of repeating groups (50xx, 60xx) serve each of them. */
export function attributeOf(tag: number): Attribute | null {
  let attribute = attributes.get(tag);
  if (attribute === undefined) {
    attribute = parseAttribute(attributeCells.get(hex(tag)) ?? attributeCells.get(repeatingGroup(tag)));
    if (attribute !== null) attributes.set(tag, attribute);
  }
  return attribute;
}

/** `(0010,0010)`, as a location has it. */
export function formatTag(tag: number): string {
  const digits = hex(tag);
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}

/** The attribute's keyword and tag, for a sentence. */
export function nameOf(tag: number): string {
  const keyword = attributeOf(tag)?.keyword;
  return keyword === undefined ? formatTag(tag) : `${keyword} ${formatTag(tag)}`;
}

function hex(tag: number): string {
  return tag.toString(16).padStart(8, '0');
}

function repeatingGroup(tag: number): string {
  const digits = hex(tag);
  return `${digits.slice(0, 2)}xx${digits.slice(4)}`;
}

function parseAttribute(cell: string | undefined): Attribute | null {
  if (cell === undefined) return null;
  const [vrs = '', vm = '', keyword = ''] = cell.split(' ');
  return { vrs: vrs.split('/'), vm, keyword };
}

function moduleOf(name: string): Module[] {
  const row = requirements.modules[name];
  return row === undefined || row.group === -1 ? [] : [{ table: row.table, group: groupOf(row.group) }];
}

function groupOf(number: number): Group {
  let group = groups.get(number);
  if (group === undefined) {
    const rows: Requirement[] = [];
    groups.set(number, rows);
    for (const row of requirements.groups[number] ?? []) rows.push(parseRequirement(row, rows));
    group = rows;
  }
  return group;
}

function parseRequirement(row: string, self: Group): Requirement {
  const [tag = '', type = '3', items = '-', condition] = row.split(' ');
  return {
    tag: parseInt(tag, 16),
    type: type as Requirement['type'],
    items: items === '-' ? null : items === 'self' ? self : groupOf(Number(items)),
    condition: condition === undefined ? null : parseCondition(condition),
  };
}

function parseCondition(cell: string): Condition {
  if (cell.startsWith('-')) return { tag: parseInt(cell.slice(1), 16), values: [] };
  const [tag = '', values = ''] = cell.split('=');
  return { tag: parseInt(tag, 16), values: values.split('|') };
}
