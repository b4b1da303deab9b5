/** The facts of PS3.3 and PS3.4: what each SOP class is, and what its information object definition requires. */
import { loadTable } from '../tables.ts';
import type { Predicate, Test } from './conditions.ts';
import { compile, describe } from './conditions.ts';

export type AttributeType = '1' | '1C' | '2' | '2C' | '3';

/** When an attribute or a module is required. */
export interface Condition {
  readonly test: Test;
  /** In words; made when it is asked for. */
  readonly words: string;
  /** The section that states it; empty for that of the module. */
  readonly section: string;
}

/** The values that an attribute may have. */
export interface Terms {
  /** Enumerated values allow no others; defined terms may be extended. */
  readonly isEnumerated: boolean;
  /** Which value, from 1; 0 for each. */
  readonly value: number;
  readonly terms: ReadonlySet<string>;
}

/** One row of a module: what is demanded of an attribute, and of the items of a sequence. */
export interface Requirement {
  readonly tag: number;
  readonly type: AttributeType;
  readonly items: Group | null;
  /** Of Type 1C and 2C; null where it cannot be computed. */
  readonly condition: Condition | null;
  readonly terms: readonly Terms[];
}

export type Group = readonly Requirement[];

export interface Module {
  /** The table of PS3.3 that defines it: `C.7-1`. */
  readonly table: string;
  readonly group: Group;
  readonly isMandatory: boolean;
  /** Of a conditional module; null where it cannot be computed. */
  readonly condition: Condition | null;
  /** Attributes that no other module of the definition has: where one of them is, the module is. */
  readonly marks: readonly number[];
  /** Its tags are those of the first of the repeating groups 60xx. */
  readonly repeats: boolean;
}

/** A functional group that the shared ones or those of each frame have to have. */
export interface FunctionalGroup {
  readonly tag: number;
  readonly condition: Condition | null;
}

/** An information object definition. */
export interface Definition {
  readonly modules: readonly Module[];
  readonly functionalGroups: readonly FunctionalGroup[];
}

export interface SopClass {
  /** `CT Image`. */
  readonly name: string;
  readonly isRetired: boolean;
  /** Null for retired classes that have no definition any more. */
  readonly definition: Definition | null;
}

type UseRow = readonly [usage: 'M' | 'C' | 'U', module: string, condition?: number];

interface ModuleRow {
  readonly table: string;
  readonly group: number;
  /** Those of the root, and those of them by which it shows that the module is there where that is not any. */
  readonly tags: string;
  readonly marks: string;
  readonly overrides: readonly string[];
}

interface RequirementTable {
  readonly sopClasses: Readonly<Record<string, readonly [name: string, iod?: string]>>;
  readonly retired: Readonly<Record<string, readonly [name: string, iod?: string]>>;
  readonly iods: Readonly<
    Record<
      string,
      { readonly modules: readonly UseRow[]; readonly macros: readonly (readonly [string, number?])[] }
    >
  >;
  readonly modules: Readonly<Record<string, ModuleRow>>;
  readonly groups: readonly (readonly string[])[];
  readonly conditions: readonly (readonly [Predicate, section: string, words?: string])[];
  readonly terms: readonly (readonly ['E' | 'D', number, ...string[]])[];
}

const table = loadTable(new URL('tables/requirements.json', import.meta.url)) as RequirementTable;

const current = new Map(Object.entries(table.sopClasses));
const retired = new Map(Object.entries(table.retired));
const sopClasses = new Map<string, SopClass>();
const definitions = new Map<string, Definition>();
const groups = new Map<number, Group>();
const conditions = new Map<number, Condition>();
const terms = new Map<number, Terms>();

/** A storage SOP class, of today or retired; null where the tables have none. */
export function sopClassOf(uid: string): SopClass | null {
  const known = sopClasses.get(uid);
  if (known !== undefined) return known;
  const row = current.get(uid) ?? retired.get(uid);
  if (row === undefined) return null;
  const [name, iod] = row;
  const sopClass = {
    name,
    isRetired: retired.has(uid),
    definition: iod === undefined ? null : definitionOf(iod),
  };
  sopClasses.set(uid, sopClass);
  return sopClass;
}

/** What every composite object has: the module SOP Common. */
export const common: Definition = {
  modules: [moduleOf(['M', 'sop-common'], new Set(), new Set())],
  functionalGroups: [],
};

function definitionOf(iod: string): Definition {
  const known = definitions.get(iod);
  if (known !== undefined) return known;
  const { modules = [], macros = [] } = table.iods[iod] ?? {};
  const definition = {
    modules: modules.map((use) => moduleOf(use, othersTags(use[1], modules), overridden(use[1], modules))),
    functionalGroups: macros.map(([tag, condition]) => ({
      tag: parseInt(tag, 16),
      condition: conditionOf(condition),
    })),
  };
  definitions.set(iod, definition);
  return definition;
}

function othersTags(name: string, uses: readonly UseRow[]): Set<string> {
  return new Set(
    uses.flatMap(([, module]) => (module === name ? [] : (table.modules[module]?.tags.split(' ') ?? []))),
  );
}

function overridden(name: string, uses: readonly UseRow[]): Set<string> {
  return new Set(
    uses
      .flatMap(([, module]) => (module === name ? [] : (table.modules[module]?.overrides ?? [])))
      .filter((tag) => table.modules[name]?.overrides.includes(tag) !== true),
  );
}

function moduleOf(
  [usage, name, condition]: UseRow,
  others: ReadonlySet<string>,
  dropped: ReadonlySet<string>,
): Module {
  const row = table.modules[name];
  const group = row === undefined || row.group === -1 ? [] : groupOf(row.group);
  const marks = row === undefined ? '' : row.marks || row.tags;
  const own = marks.split(' ').filter((tag) => /^[0-9a-f]{8}$/.test(tag) && !others.has(tag));
  return {
    table: row?.table ?? '',
    group:
      dropped.size === 0 ? group : group.filter(({ tag }) => !dropped.has(tag.toString(16).padStart(8, '0'))),
    isMandatory: usage === 'M',
    condition: conditionOf(condition),
    marks: own.map((tag) => parseInt(tag, 16)),
    repeats: name === 'overlay-plane',
  };
}

function groupOf(number: number): Group {
  let group = groups.get(number);
  if (group === undefined) {
    const rows: Requirement[] = [];
    groups.set(number, rows);
    for (const row of table.groups[number] ?? []) rows.push(parseRequirement(row, rows));
    group = rows;
  }
  return group;
}

/** `tag type [group [condition [terms…]]]`. */
function parseRequirement(row: string, self: Group): Requirement {
  const [tag = '', type = '3', items = '-', condition = '-', lists = '-'] = row.split(' ');
  return {
    tag: parseInt(tag.replace('xx', '00'), 16),
    type: type as AttributeType,
    items: items === '-' ? null : items === 'self' ? self : groupOf(Number(items)),
    condition: condition === '-' ? null : conditionOf(Number(condition)),
    terms: lists === '-' ? [] : lists.split(',').map((number) => termsOf(Number(number))),
  };
}

function conditionOf(number: number | undefined): Condition | null {
  const row = number === undefined ? undefined : table.conditions[number];
  if (number === undefined || row === undefined) return null;
  let condition = conditions.get(number);
  if (condition === undefined) {
    const [predicate, section, words] = row;
    condition = {
      test: compile(predicate),
      section,
      get words() {
        return words ?? describe(predicate);
      },
    };
    conditions.set(number, condition);
  }
  return condition;
}

function termsOf(number: number): Terms {
  let list = terms.get(number);
  if (list === undefined) {
    const [kind = 'D', value = 0, ...names] = table.terms[number] ?? [];
    list = { isEnumerated: kind === 'E', value, terms: new Set(names) };
    terms.set(number, list);
  }
  return list;
}
