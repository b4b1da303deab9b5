/** What a site profile may name: segments, fields, data types and code tables of any version. */
import { loadTable } from '../tables.ts';
import type { IndexTable, VersionTable } from './dictionary.ts';

const table = (name: string): unknown => loadTable(new URL(`tables/${name}.json`, import.meta.url));
const index = table('index') as IndexTable;
const versions = [...new Set(Object.values(index.versions))].map((name) => table(name) as VersionTable);

const most = new Map<string, number>();
for (const { segments } of versions) {
  for (const [name, fields] of Object.entries(segments))
    most.set(name, Math.max(most.get(name) ?? 0, fields.split(' ').length));
}

const primitives = ['DT', 'DTM', 'FT', 'ID', 'IS', 'NM', 'SI', 'ST', 'TM', 'TN', 'TS', 'TX'];
const types = new Set([...primitives, ...versions.flatMap((version) => Object.keys(version.types))]);

/** How many fields a segment has where it has most; Infinity for a local one, undefined for one that no version has. */
export function fieldsOf(segment: string): number | undefined {
  return segment.startsWith('Z') ? Infinity : most.get(segment);
}

export const segmentNames = (): Iterable<string> => most.keys();

export const typeNames = (): ReadonlySet<string> => types;

/** Is it an HL7 table whose values are known here? */
export const hasCodes = (id: string): boolean => id in index.defined || id in index.suggested;
