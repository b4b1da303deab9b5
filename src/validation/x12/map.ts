/** The map of a transaction: its loops, segments and elements, compiled from the generated tables when first asked for. */
import { loadTable } from '../tables.ts';
import { parseElements, type Element } from './element-notation.ts';

export type Usage = 'R' | 'S';
/** Name, usage, most (0: no limit), position among its siblings, elements, conditions between elements. */
export type SegmentRow = readonly [string, Usage, number, number, string, string];
export type LoopRow = readonly [string, Usage, number, number, readonly NodeRow[]];
export type NodeRow = SegmentRow | LoopRow;

/** `tables/<map>.json`; the notation of elements is that of `element-notation.ts`. */
export interface MapTable {
  readonly source: readonly string[];
  readonly transaction: string;
  readonly group: string;
  readonly versions: readonly string[];
  readonly codes: readonly string[];
  readonly loop: LoopRow;
}

/** `tables/index.json`. */
export interface IndexTable {
  readonly source: readonly string[];
  /** By transaction and version, such as `837 005010X222A1`. */
  readonly maps: Readonly<Record<string, string>>;
  /** The functional identifier (GS01) of each transaction. */
  readonly groups: Readonly<Record<string, string>>;
  readonly versions: readonly string[];
}

interface Common {
  /** Numbers the nodes of a map, parents before children. */
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  /** How often it may come in one instance of the loop around it. */
  readonly most: number;
  /** Siblings come in the order of their positions; equal ones in any order. */
  readonly position: number;
  readonly parent: Loop | undefined;
}

export interface Loop extends Common {
  readonly kind: 'loop';
  readonly children: Node[];
  /** The highest id within. */
  last: number;
}

export interface Segment extends Common {
  readonly kind: 'segment';
  readonly conditions: readonly Condition[];
  /** Tells apart segments of one name by a code in them; undefined where the name is enough. */
  readonly qualifier: Qualifier | undefined;
  readonly elements: readonly Element[];
}

/** ASC X12.6: P all or none, R at least one, E at most one, C the first calls for all, L the first calls for one. */
export interface Condition {
  readonly kind: string;
  readonly elements: readonly number[];
}

export interface Qualifier {
  readonly element: number;
  /** True where the code is the element's first component. */
  readonly component: boolean;
  readonly codes: ReadonlySet<string>;
}

export type Node = Loop | Segment;

const index = loadTable(new URL('tables/index.json', import.meta.url)) as IndexTable;
const names = new Map(Object.entries(index.maps));
const groups = new Map(Object.entries(index.groups));
const versions: ReadonlySet<string> = new Set(index.versions);
const opened = new Map<string, TransactionMap>();

export const isKnownVersion = (version: string): boolean => versions.has(version);
export const isKnownTransaction = (transaction: string): boolean => groups.has(transaction);
/** The functional identifier that goes with a transaction; undefined for one that is not known. */
export const groupOf = (transaction: string): string | undefined => groups.get(transaction);

/** Undefined where the tables have none. */
export function mapOf(transaction: string, version: string): TransactionMap | undefined {
  const name = names.get(`${transaction} ${version}`);
  if (name === undefined) return undefined;
  let map = opened.get(name);
  if (map === undefined) {
    map = new TransactionMap(loadTable(new URL(`tables/${name}.json`, import.meta.url)) as MapTable);
    opened.set(name, map);
  }
  return map;
}

export class TransactionMap {
  readonly root: Loop;
  readonly #codes: readonly ReadonlySet<string>[];
  readonly #names = new Set<string>();
  #count = 0;

  constructor(table: MapTable) {
    this.#codes = table.codes.map((set) => new Set(set.split(' ')));
    this.root = this.#loop(table.loop, undefined);
  }

  /** How many nodes there are: ids are below this. */
  get size(): number {
    return this.#count;
  }

  hasSegment(name: string): boolean {
    return this.#names.has(name);
  }

  #node(row: NodeRow, parent: Loop): Node {
    return row.length === 5 ? this.#loop(row, parent) : this.#segment(row, parent);
  }

  #loop([name, usage, most, position, rows]: LoopRow, parent: Loop | undefined): Loop {
    const loop: Loop = {
      kind: 'loop',
      ...this.#common(name, usage, most, position, parent),
      children: [],
      last: 0,
    };
    for (const row of rows) loop.children.push(this.#node(row, loop));
    loop.last = this.#count - 1;
    return loop;
  }

  #segment([name, usage, most, position, notation, conditions]: SegmentRow, parent: Loop): Segment {
    this.#names.add(name);
    const elements = parseElements(notation, this.#codes);
    return {
      kind: 'segment',
      ...this.#common(name, usage, most, position, parent),
      conditions: conditions === '' ? [] : conditions.split(' ').map(condition),
      qualifier: qualifierOf(name, elements),
      elements,
    };
  }

  #common(name: string, usage: Usage, most: number, position: number, parent: Loop | undefined): Common {
    const id = this.#count++;
    return { id, name, required: usage === 'R', most: most === 0 ? Infinity : most, position, parent };
  }
}

/** The first element where it is a required code, or the first component of a composite; of HL the level code. */
function qualifierOf(name: string, elements: readonly Element[]): Qualifier | undefined {
  const number = name === 'HL' ? 3 : 1;
  const element = elements[number - 1];
  const first = element?.kind === 'composite' ? element.parts[0] : element;
  if (first?.kind !== 'simple' || first.codes === undefined || first.type !== 'ID') return undefined;
  if (element?.kind === 'simple' && !element.required) return undefined;
  return { element: number, component: element?.kind === 'composite', codes: first.codes };
}

/** From `R0203`. */
function condition(notation: string): Condition {
  return { kind: notation.charAt(0), elements: (notation.slice(1).match(/../g) ?? []).map(Number) };
}
