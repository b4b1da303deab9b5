/** The table of a release's types: resources, complex data types, and the elements nested in them. */
import { cell, lastName, parentOf, typesOf } from './cells.ts';
import type { Constraint, ElementRow, Release, StructureDefinition } from './sources.ts';
import type { ValueSets } from './value-sets.ts';

interface TypeRow {
  readonly base?: string;
  readonly elements: Readonly<Record<string, string>>;
  /** Invariants of the type, and of single elements of it, by their place in `invariants`. */
  readonly invariants?: readonly number[];
  readonly elementInvariants?: Readonly<Record<string, readonly number[]>>;
}

type InvariantRow = readonly [key: string, severity: 'error' | 'warning', expression: string, human: string];

export interface StructureTable {
  readonly resources: readonly string[];
  readonly openTypes: readonly string[];
  readonly invariants: readonly InvariantRow[];
  readonly types: Readonly<Record<string, TypeRow>>;
}

export function structureTable(release: Release, sets: ValueSets): StructureTable {
  return new Writer(release, sets).table();
}

class Writer {
  readonly #release: Release;
  readonly #sets: ValueSets;
  readonly #byType: ReadonlyMap<string, StructureDefinition>;
  readonly #openTypes: string;
  readonly #invariants: InvariantRow[] = [];

  constructor(release: Release, sets: ValueSets) {
    this.#release = release;
    this.#sets = sets;
    this.#byType = new Map(release.structures.map((definition) => [definition.type, definition]));
    const extension = this.#byType.get('Extension')?.snapshot.element;
    const open = extension?.find(({ path }) => path === 'Extension.value[x]');
    if (open === undefined) throw new Error('Extension.value[x] is not defined');
    this.#openTypes = typesOf(open);
  }

  table(): StructureTable {
    const types = Object.fromEntries(this.#release.structures.flatMap((one) => this.#typeRows(one)));
    return {
      resources: this.#release.structures.filter(isResource).map(({ type }) => type),
      openTypes: this.#openTypes.split('|'),
      invariants: this.#invariants,
      types,
    };
  }

  /** A definition's own row, and one for each of its nested elements, such as `Patient.contact`. */
  #typeRows(definition: StructureDefinition): [string, TypeRow][] {
    const rows = definition.snapshot.element;
    const owners = rows.filter(
      (row) => row === rows[0] || rows.some((other) => parentOf(other.path) === row.path),
    );
    return owners.map((owner) => {
      const base = owner === rows[0] ? definition.baseDefinition?.split('/').at(-1) : typesOf(owner);
      const own = rows.filter((row) => parentOf(row.path) === owner.path && row.base?.path === row.path);
      return [owner.path, this.#row(owner, base, own, rows)];
    });
  }

  #row(
    owner: ElementRow,
    base: string | undefined,
    own: readonly ElementRow[],
    rows: readonly ElementRow[],
  ): TypeRow {
    const invariants = this.#own(owner, base === undefined ? [] : [base]);
    const elements = own.map((row): [string, string] => [lastName(row.path), this.#cell(row)]);
    const leaves = rows.filter((row) => parentOf(row.path) === owner.path && !isOwner(row, rows));
    const ofElements = leaves
      .map((row): [string, number[]] => [lastName(row.path), this.#own(row, bareTypes(row))])
      .filter(([, list]) => list.length > 0);
    return {
      ...(base === undefined ? {} : { base }),
      elements: Object.fromEntries(elements),
      ...(invariants.length === 0 ? {} : { invariants }),
      ...(ofElements.length === 0 ? {} : { elementInvariants: Object.fromEntries(ofElements) }),
    };
  }

  #cell(row: ElementRow): string {
    if (row.contentReference !== undefined)
      return cell(row, this.#sets, row.contentReference.replace(/^.*#/, ''));
    const named = typesOf(row);
    if (named === 'BackboneElement' || named === 'Element') return cell(row, this.#sets, row.path);
    return cell(row, this.#sets, named === this.#openTypes ? '*' : named);
  }

  /** The invariants that the types of the element do not have already. */
  #own({ constraint = [] }: ElementRow, types: readonly string[]): number[] {
    const inherited = new Set(types.flatMap((type) => this.#keysOf(type)));
    return constraint
      .filter(({ key }) => !inherited.has(key) && !isEverywhere(key))
      .map((one) => this.#index(one));
  }

  #keysOf(type: string): string[] {
    return this.#byType.get(type)?.snapshot.element[0]?.constraint?.map(({ key }) => key) ?? [];
  }

  #index({ key, severity, expression = '', human }: Constraint): number {
    const known = this.#invariants.findIndex((row) => row[0] === key && row[2] === expression);
    return known >= 0 ? known : this.#invariants.push([key, severity, expression, sentence(human)]) - 1;
  }
}

function sentence(human: string): string {
  const text = human.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Of every element and every extension: the engine's own rules. */
function isEverywhere(key: string): boolean {
  return key === 'ele-1' || key === 'ext-1' || key.startsWith('txt-');
}

function isOwner(row: ElementRow, rows: readonly ElementRow[]): boolean {
  return rows.some((other) => parentOf(other.path) === row.path);
}

function bareTypes(row: ElementRow): string[] {
  return (row.type ?? []).map(({ code }) => code);
}

function isResource(definition: StructureDefinition): boolean {
  return definition.kind === 'resource' && !definition.abstract;
}
