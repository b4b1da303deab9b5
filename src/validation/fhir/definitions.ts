/** The element tables of FHIR R4, made ready for one type when it is first met. */
import { loadTable } from '../tables.ts';
import type { Primitive } from './primitives.ts';
import { primitives } from './primitives.ts';

/** One element as it appears in an instance: a choice such as `deceased[x]` is one of these for each of its types. */
export interface ElementDefinition {
  readonly name: string;
  /** The element in the definition: `Patient.deceased[x]`. */
  readonly path: string;
  readonly repeats: boolean;
  readonly typeName: string;
  /** Set where the element holds a primitive value. */
  readonly primitive: Primitive | null;
  /** Set where codes are bound to a value set that is enumerated. */
  readonly codes: BoundCodes | null;
  /** Its place among its siblings: XML keeps this order. */
  readonly order: number;
  /** The name of its choice (`deceased`), of which only one may be there. */
  readonly choice: string | null;
}

export interface BoundCodes {
  readonly valueSet: string;
  readonly all: ReadonlySet<string>;
  readonly bySystem: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface RequiredElement {
  readonly name: string;
  readonly path: string;
  /** The names under which it may appear: several for a choice. */
  readonly names: readonly string[];
}

export interface TypeDefinition {
  readonly name: string;
  readonly elements: ReadonlyMap<string, ElementDefinition>;
  readonly required: readonly RequiredElement[];
}

interface TypeRow {
  readonly base?: string;
  readonly elements: Readonly<Record<string, string>>;
}

interface StructureTable {
  readonly resources: readonly string[];
  readonly openTypes: readonly string[];
  readonly narrative: { readonly elements: readonly string[]; readonly attributes: readonly string[] };
  readonly types: Readonly<Record<string, TypeRow>>;
}

interface ValueSetTable {
  readonly sets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const table = loadTable(new URL('tables/structures.json', import.meta.url)) as StructureTable;
const valueSets = loadTable(new URL('tables/value-sets.json', import.meta.url)) as ValueSetTable;

const rows = new Map(Object.entries(table.types));
const resourceNames = new Set(table.resources);
const compiledTypes = new Map<string, TypeDefinition>();
const compiledCodes = new Map<string, BoundCodes>();

/** What XHTML may have in a narrative. */
export const narrativeElements: ReadonlySet<string> = new Set(table.narrative.elements);
export const narrativeAttributes: ReadonlySet<string> = new Set(table.narrative.attributes);

/** Whether R4 defines a resource of this name that can have instances. */
export function isResourceType(name: string): boolean {
  return resourceNames.has(name);
}

/** The definition of a type of the tables: a resource, a complex data type or a nested element. */
export function typeDefinition(name: string): TypeDefinition {
  let type = compiledTypes.get(name);
  if (type === undefined) {
    type = compile(name);
    compiledTypes.set(name, type);
  }
  return type;
}

function compile(name: string): TypeDefinition {
  const elements = new Map<string, ElementDefinition>();
  const required: RequiredElement[] = [];
  for (const [order, { path, cell }] of inheritedRows(name).entries()) {
    const definitions = instancesOf(path, cell, order);
    for (const definition of definitions) elements.set(definition.name, definition);
    if (cell.startsWith('1')) required.push(requirement(path, definitions));
  }
  return { name, elements, required };
}

/** The rows of the type's ancestors, then its own, as the snapshot has them. */
function inheritedRows(name: string): { path: string; cell: string }[] {
  const row = rows.get(name);
  if (row === undefined) throw new TypeError(`The tables of FHIR R4 have no type ${name}.`);
  const own = Object.entries(row.elements).map(([element, cell]) => ({ path: `${name}.${element}`, cell }));
  return row.base === undefined ? own : [...inheritedRows(row.base), ...own];
}

function instancesOf(path: string, cell: string, order: number): ElementDefinition[] {
  const [cardinality = '', typeCell = '', valueSet] = cell.split(' ');
  const types = typeCell === '*' ? table.openTypes : typeCell.split('|');
  const stem = path.slice(path.lastIndexOf('.') + 1);
  const choice = stem.endsWith('[x]') ? stem.slice(0, -3) : null;
  return types.map((typeName) => ({
    name: choice === null ? stem : choice + capitalised(typeName),
    path,
    repeats: cardinality.endsWith('*'),
    typeName,
    primitive: primitives.get(typeName) ?? null,
    codes: valueSet === undefined ? null : boundCodes(valueSet),
    order,
    choice,
  }));
}

function requirement(path: string, definitions: readonly ElementDefinition[]): RequiredElement {
  return { name: path.slice(path.lastIndexOf('.') + 1), path, names: definitions.map(({ name }) => name) };
}

function boundCodes(valueSet: string): BoundCodes {
  let codes = compiledCodes.get(valueSet);
  if (codes === undefined) {
    const systems = Object.entries(valueSets.sets[valueSet] ?? {});
    const bySystem = new Map(systems.map(([system, list]) => [system, new Set(list)]));
    codes = { valueSet, bySystem, all: new Set(systems.flatMap(([, list]) => list)) };
    compiledCodes.set(valueSet, codes);
  }
  return codes;
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
