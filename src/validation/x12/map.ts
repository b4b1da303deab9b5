/** The map of a transaction: its loops, segments and elements, compiled from the generated tables when first asked for. */
import { loadTable } from '../tables.ts';
import { conditionsOf } from './conditions.ts';
import { externalList, type CommonSegment } from './dictionary.ts';
import { parseElements, type CodeLists, type Element } from './element-notation.ts';

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
  /** By transaction and version, such as `837 005010X222A1`; with the purpose (BHT02) behind, where it decides. */
  readonly maps: Readonly<Record<string, string>>;
  /** Those, by the same keys, that do not use ST03. */
  readonly unreferenced: readonly string[];
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
  /** How many of the loops around it begin with HL. */
  readonly depth: number;
}

export interface Segment extends Common, CommonSegment {
  readonly kind: 'segment';
  readonly name: string;
  /** Tells apart segments of one name by a code in them; undefined where the name is enough. */
  readonly qualifier: Qualifier | undefined;
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
const unreferenced: ReadonlySet<string> = new Set(index.unreferenced);
const opened = new Map<string, TransactionMap>();

export const isKnownVersion = (version: string): boolean => versions.has(version);
export const isKnownTransaction = (transaction: string): boolean => groups.has(transaction);
/** The functional identifier that goes with a transaction; undefined for one that is not known. */
export const groupOf = (transaction: string): string | undefined => groups.get(transaction);

const guides = Map.groupBy(
  [...names.keys()].map((key) => key.split(' ')),
  ([, version]) => version ?? '',
);

/** False where the version names a guide, and that of other transactions. */
export function mayBeOfGuide(transaction: string, version: string): boolean {
  return guides.get(version)?.some(([known]) => known === transaction) ?? true;
}

/** Whether ST03 names the guide: from 005010 on, but for a few guides that do not use it. */
export function usesReference(transaction: string, version: string): boolean {
  return version.startsWith('005010X') && !unreferenced.has(`${transaction} ${version}`);
}

/** `purpose` is BHT02, by which a guide may tell a request from a response. Undefined where the tables have none. */
export function mapOf(transaction: string, version: string, purpose: string): TransactionMap | undefined {
  const name = names.get(`${transaction} ${version}`) ?? names.get(`${transaction} ${version} ${purpose}`);
  if (name === undefined) return undefined;
  let map = opened.get(name);
  if (map === undefined) {
    map = new TransactionMap(loadTable(new URL(`tables/${name}.json`, import.meta.url)) as MapTable);
    opened.set(name, map);
  }
  return map;
}

export class TransactionMap {
  readonly transaction: string;
  readonly root: Loop;
  readonly #lists: CodeLists;
  readonly #named = new Map<string, Segment[]>();
  #count = 0;

  constructor(table: MapTable) {
    this.transaction = table.transaction;
    this.#lists = { numbered: table.codes.map((set) => new Set(set.split(' '))), named: externalList };
    this.root = this.#loop(table.loop, undefined);
  }

  /** How many nodes there are: ids are below this. */
  get size(): number {
    return this.#count;
  }

  /** All places of segments of a name; none for a segment that the transaction has not. */
  segmentsNamed(name: string): readonly Segment[] {
    return this.#named.get(name) ?? [];
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
      depth: parent === undefined ? 0 : parent.depth + (beginsWithLevel(parent) ? 1 : 0),
    };
    for (const row of rows) loop.children.push(this.#node(row, loop));
    loop.last = this.#count - 1;
    return loop;
  }

  #segment([name, usage, most, position, notation, conditions]: SegmentRow, parent: Loop): Segment {
    const elements = parseElements(notation, this.#lists);
    const segment: Segment = {
      kind: 'segment',
      ...this.#common(name, usage, most, position, parent),
      conditions: conditionsOf(conditions),
      qualifier: qualifierOf(name, elements),
      elements,
    };
    this.#named.set(name, [...this.segmentsNamed(name), segment]);
    return segment;
  }

  #common(name: string, usage: Usage, most: number, position: number, parent: Loop | undefined): Common {
    const id = this.#count++;
    return { id, name, required: usage === 'R', most: most === 0 ? Infinity : most, position, parent };
  }
}

function beginsWithLevel({ children: [first] }: Loop): boolean {
  return first?.name === 'HL';
}

/**
 * The first element where it is a required code, or a code as the first component of a composite; of HL the level code, of
 * ENT the entity.
 */
function qualifierOf(name: string, elements: readonly Element[]): Qualifier | undefined {
  const number = name === 'HL' ? 3 : name === 'ENT' ? 2 : 1;
  const element = elements[number - 1];
  const first = element?.kind === 'composite' ? element.parts[0] : element;
  if (first?.kind !== 'simple' || first.codes === undefined) return undefined;
  if (first.type !== 'ID' && name !== 'CTX') return undefined;
  if (element?.kind === 'simple' && !element.required && number === 1) return undefined;
  return { element: number, component: element?.kind === 'composite', codes: first.codes };
}
