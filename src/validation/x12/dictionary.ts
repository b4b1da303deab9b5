/** What holds for a segment or a list of codes in every transaction: the dictionary of segments, and code lists of others. */
import { loadTable } from '../tables.ts';
import { conditionsOf, type Condition } from './conditions.ts';
import { parseElements, type Element } from './element-notation.ts';

/** A segment as far as all guides agree on it. */
export interface CommonSegment {
  readonly name: string;
  readonly elements: readonly Element[];
  readonly conditions: readonly Condition[];
}

/** `tables/segments.json`: of each segment its elements and its syntax notes. */
export interface SegmentsTable {
  readonly source: readonly string[];
  readonly segments: Readonly<Record<string, readonly [elements: string, notes: string]>>;
}

/** `tables/external-codes.json`: lists of codes that others keep, by name. */
export interface ExternalCodesTable {
  readonly source: readonly string[];
  readonly sets: Readonly<Record<string, string>>;
}

let segments: ReadonlyMap<string, CommonSegment> | undefined;
let lists: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** For transactions without a map; undefined for a segment that no map has. */
export function commonSegment(name: string): CommonSegment | undefined {
  segments ??= readSegments();
  return segments.get(name);
}

/** A list of codes that others keep; undefined for a name that is not known. */
export function externalList(name: string): ReadonlySet<string> | undefined {
  lists ??= readLists();
  return lists.get(name);
}

function readSegments(): ReadonlyMap<string, CommonSegment> {
  const table = loadTable(new URL('tables/segments.json', import.meta.url)) as SegmentsTable;
  return new Map(
    Object.entries(table.segments).map(([name, [notation, notes]]) => {
      const elements = parseElements(notation, { numbered: [], named: externalList });
      return [name, { name, elements, conditions: conditionsOf(notes) }];
    }),
  );
}

function readLists(): ReadonlyMap<string, ReadonlySet<string>> {
  const table = loadTable(new URL('tables/external-codes.json', import.meta.url)) as ExternalCodesTable;
  return new Map(Object.entries(table.sets).map(([name, codes]) => [name, new Set(codes.split(' '))]));
}
