/** The definitions of a FHIR release: its tables, made ready for one type when it is first met. */
import { loadTable } from '../tables.ts';
import type { BoundCodes } from './codes.ts';
import { boundCodes, type ValueSetTable } from './codes.ts';
import { type Invariant, invariant, type InvariantRow } from './invariants.ts';
import type { Primitive } from './primitives.ts';
import { primitives } from './primitives.ts';
import type { ReleaseName } from './releases.ts';

/** One element as it appears in an instance: a choice such as `deceased[x]` is one of these for each of its types. */
export interface ElementDefinition {
  readonly name: string;
  /** The element in the definition: `Patient.deceased[x]`. */
  readonly path: string;
  readonly repeats: boolean;
  readonly least: number;
  readonly most: number;
  readonly typeName: string;
  /** Set where the element holds a primitive value. */
  readonly primitive: Primitive | null;
  /** Set where codes are bound to a value set that can be told. */
  readonly codes: BoundCodes | null;
  /** The types of resources that a reference may lead to; null where any may. */
  readonly targets: ReadonlySet<string> | null;
  /** Its place among its siblings: XML keeps this order. */
  readonly order: number;
  /** The name of its choice (`deceased`), of which only one may be there. */
  readonly choice: string | null;
  /** Invariants that hold for this element beside those of its type. */
  readonly invariants: readonly Invariant[];
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
  /** Its own and those of its bases. */
  readonly invariants: readonly Invariant[];
  /** Its own name, and its bases' from the nearest to `Element` or `Resource`. */
  readonly lineage: readonly string[];
  readonly isResource: boolean;
}

export interface ExtensionDefinition {
  /** The values that it may have, by the name of their element; null where it is made of parts. */
  readonly values: ReadonlyMap<string, ElementDefinition> | null;
  readonly parts: ReadonlyMap<string, ExtensionPart> | null;
  readonly contexts: ReadonlySet<string>;
  readonly isModifier: boolean;
}

export interface ExtensionPart {
  readonly least: number;
  readonly most: number;
  readonly values: ReadonlyMap<string, ElementDefinition> | null;
}

interface TypeRow {
  readonly base?: string;
  readonly elements: Readonly<Record<string, string>>;
  readonly invariants?: readonly number[];
  readonly elementInvariants?: Readonly<Record<string, readonly number[]>>;
}

interface StructureTable {
  readonly version: string;
  readonly resources: readonly string[];
  readonly openTypes: readonly string[];
  readonly invariants: readonly InvariantRow[];
  readonly types: Readonly<Record<string, TypeRow>>;
}

interface ExtensionRow {
  readonly value?: string;
  readonly parts?: Readonly<Record<string, string>>;
  readonly contexts: readonly string[];
  readonly modifier?: true;
}

/** Of every element, extension and narrative. */
const everywhere = /^(?:ele-1|ext-1|txt-\d)$/;

const loaded = new Map<ReleaseName, Definitions>();

/** The definitions of a release, read when they are first asked for. */
export function definitionsOf(release: ReleaseName): Definitions {
  let definitions = loaded.get(release);
  if (definitions === undefined) {
    definitions = new Definitions(release);
    loaded.set(release, definitions);
  }
  return definitions;
}

export class Definitions {
  readonly release: ReleaseName;
  /** As `StructureDefinition.fhirVersion` has it: 4.0.1. */
  readonly version: string;
  readonly #table: StructureTable;
  readonly #rows: ReadonlyMap<string, TypeRow>;
  readonly #resources: ReadonlySet<string>;
  readonly #invariants: readonly Invariant[];
  readonly #invariantKeys: ReadonlySet<string>;
  readonly #sets: ValueSetTable;
  readonly #extensions: ReadonlyMap<string, ExtensionRow>;
  readonly #types = new Map<string, TypeDefinition>();
  readonly #codes = new Map<string, BoundCodes>();
  readonly #knownExtensions = new Map<string, ExtensionDefinition>();

  constructor(release: ReleaseName) {
    this.release = release;
    this.#table = table(`${release}.json`) as StructureTable;
    this.#sets = table(`${release}-value-sets.json`) as ValueSetTable;
    const { extensions } = table(`${release}-extensions.json`) as {
      extensions: Readonly<Record<string, ExtensionRow>>;
    };
    this.version = this.#table.version;
    this.#rows = new Map(Object.entries(this.#table.types));
    this.#resources = new Set(this.#table.resources);
    this.#extensions = new Map(Object.entries(extensions));
    this.#invariants = this.#table.invariants.map((row) => invariant(row, release));
    this.#invariantKeys = new Set(this.#table.invariants.map(([key]) => key));
  }

  get resources(): readonly string[] {
    return this.#table.resources;
  }

  get typeNames(): readonly string[] {
    return [...this.#rows.keys()];
  }

  /** Whether the release defines a resource of this name that can have instances. */
  isResourceType(name: string): boolean {
    return this.#resources.has(name);
  }

  /** `resourceType` of the object, where the release defines such a resource. */
  resourceTypeOf(resource: Readonly<Record<string, unknown>>): string | null {
    const type = Object.hasOwn(resource, 'resourceType') ? resource['resourceType'] : undefined;
    return typeof type === 'string' && this.isResourceType(type) ? type : null;
  }

  /** The definition of a type of the tables: a resource, a complex data type or a nested element. */
  type(name: string): TypeDefinition {
    let type = this.#types.get(name);
    if (type === undefined) {
      type = this.#compile(name);
      this.#types.set(name, type);
    }
    return type;
  }

  /** The extension with this URL, where the release itself defines it. */
  extension(url: string): ExtensionDefinition | undefined {
    const known = this.#knownExtensions.get(url);
    if (known !== undefined) return known;
    const row = this.#extensions.get(url);
    if (row === undefined) return undefined;
    const definition = this.#compileExtension(row);
    this.#knownExtensions.set(url, definition);
    return definition;
  }

  /** Whether every resource is held to the invariant, by the tables or by rules of the engine. */
  hasInvariant(key: string): boolean {
    return everywhere.test(key) || this.#invariantKeys.has(key);
  }

  /** The codes of a value set, where the tables have one of this name. */
  knownCodes(name: string): BoundCodes | null {
    return Object.hasOwn(this.#sets.sets, name) ? this.codes(name) : null;
  }

  /** The codes of a value set, by its name in the tables. */
  codes(name: string): BoundCodes {
    let codes = this.#codes.get(name);
    if (codes === undefined) {
      codes = boundCodes(name, this.#sets.sets[name] ?? {});
      this.#codes.set(name, codes);
    }
    return codes;
  }

  #compile(name: string): TypeDefinition {
    const elements = new Map<string, ElementDefinition>();
    const required: RequiredElement[] = [];
    const invariantsOf = this.#elementInvariants(name);
    for (const [order, { path, cell }] of this.#inheritedRows(name).entries()) {
      const definitions = this.#instances(path, cell, order, invariantsOf);
      for (const definition of definitions) elements.set(definition.name, definition);
      if (!cell.startsWith('0')) required.push(requirement(path, definitions));
    }
    const lineage = this.#lineage(name);
    const indices = new Set(lineage.toReversed().flatMap((type) => this.#rows.get(type)?.invariants ?? []));
    return {
      name,
      elements,
      required,
      invariants: [...indices].map((index) => this.#invariant(index)),
      lineage,
      isResource: lineage.includes('Resource'),
    };
  }

  #invariant(index: number): Invariant {
    const known = this.#invariants[index];
    if (known === undefined) throw new TypeError(`The tables of ${this.release} have no invariant ${index}.`);
    return known;
  }

  #elementInvariants(name: string): ReadonlyMap<string, readonly Invariant[]> {
    const rows = this.#lineage(name).flatMap((type) =>
      Object.entries(this.#rows.get(type)?.elementInvariants ?? {}),
    );
    return new Map(rows.map(([element, list]) => [element, list.map((index) => this.#invariant(index))]));
  }

  #lineage(name: string): string[] {
    const base = this.#rows.get(name)?.base;
    return base === undefined ? [name] : [name, ...this.#lineage(base)];
  }

  /** The rows of the type's ancestors, then its own, as the snapshot has them. */
  #inheritedRows(name: string): { path: string; cell: string }[] {
    const row = this.#rows.get(name);
    if (row === undefined) throw new TypeError(`The tables of ${this.release} have no type ${name}.`);
    const own = Object.entries(row.elements).map(([element, cell]) => ({ path: `${name}.${element}`, cell }));
    return row.base === undefined ? own : [...this.#inheritedRows(row.base), ...own];
  }

  #instances(
    path: string,
    cell: string,
    order: number,
    invariantsOf: ReadonlyMap<string, readonly Invariant[]>,
  ): ElementDefinition[] {
    const [cardinality = '', typeCell = '', valueSet] = cell.split(' ');
    const { least, most } = bounds(cardinality);
    const stem = path.slice(path.lastIndexOf('.') + 1);
    const choice = stem.endsWith('[x]') ? stem.slice(0, -3) : null;
    return this.#typesIn(typeCell).map(({ typeName, targets }) => ({
      name: choice === null ? stem : choice + capitalised(typeName),
      path,
      repeats: most > 1,
      least,
      most,
      typeName,
      primitive: primitives.get(typeName) ?? null,
      codes: valueSet === undefined ? null : this.codes(valueSet),
      targets,
      order,
      choice,
      invariants: invariantsOf.get(stem) ?? [],
    }));
  }

  #typesIn(cell: string): { typeName: string; targets: ReadonlySet<string> | null }[] {
    if (cell === '*') return this.#table.openTypes.flatMap((type) => this.#typesIn(type));
    return [...cell.matchAll(/([^|(]+)(?:\(([^)]*)\))?/g)].map(([, typeName = '', targets]) => ({
      typeName,
      targets: targets === undefined ? null : new Set(targets.split('|')),
    }));
  }

  #compileExtension({ value, parts, contexts, modifier }: ExtensionRow): ExtensionDefinition {
    return {
      values: value === undefined ? null : this.#values(value),
      parts: parts === undefined ? null : new Map(Object.entries(parts).map((row) => this.#part(row))),
      contexts: new Set(contexts.map((context) => context.replace('[x]', ''))),
      isModifier: modifier === true,
    };
  }

  #part([url, cell]: [string, string]): [string, ExtensionPart] {
    const [cardinality = '', typeCell] = cell.split(' ');
    return [url, { ...bounds(cardinality), values: typeCell === '-' ? null : this.#values(cell) }];
  }

  #values(cell: string): ReadonlyMap<string, ElementDefinition> {
    const definitions = this.#instances('Extension.value[x]', cell, 0, new Map());
    return new Map(definitions.map((definition) => [definition.name, definition]));
  }
}

function table(name: string): unknown {
  return loadTable(new URL(`tables/${name}`, import.meta.url));
}

function bounds(cardinality: string): { least: number; most: number } {
  const [least, most] = cardinality.split('..');
  return { least: Number(least), most: most === '*' ? Number.POSITIVE_INFINITY : Number(most) };
}

function requirement(path: string, definitions: readonly ElementDefinition[]): RequiredElement {
  return { name: path.slice(path.lastIndexOf('.') + 1), path, names: definitions.map(({ name }) => name) };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
