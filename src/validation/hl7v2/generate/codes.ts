/** Code tables: their values, and whether HL7 defines them or only suggests them (ch. 2A, ID and IS). */
import { furtherCodes, isPlaceholder, openTables } from './adjudications.ts';
import type { Sources } from './sources.ts';

export interface CodeTable {
  readonly id: string;
  /** True where a field or a component of type ID or CNE uses it from 2.5 on: HL7 defines all of its values. */
  readonly isClosed: boolean;
  readonly values: readonly string[];
}

/** Tables with values, by number. A code that either source has is a code. */
export function codeTables(
  sources: Sources,
  versions: readonly { readonly version: string; readonly entries: readonly string[] }[],
): CodeTable[] {
  const closed = new Set(
    versions.filter(({ version }) => version >= '2.5').flatMap(({ entries }) => closedIn(entries)),
  );
  const used = new Set(versions.flatMap(({ entries }) => entries.flatMap((entry) => tablesIn(entry))));
  return [...used]
    .sort()
    .filter((id) => !openTables.has(id))
    .map((id) => ({ id, isClosed: closed.has(id), values: valuesOf(sources, id) }))
    .filter(({ values }) => values.length > 0);
}

const closedIn = (entries: readonly string[]): string[] =>
  entries.flatMap((entry) =>
    [...entry.matchAll(/\b(?:ID|CNE)!?(?:\*\d*)?#(\d{4})/g)].map(([, id]) => id ?? ''),
  );

const tablesIn = (entry: string): string[] => [...entry.matchAll(/#(\d{4})/g)].map(([, id]) => id ?? '');

export function valuesOf({ codes }: Sources, id: string): string[] {
  const values = [
    ...(codes.dictionary.get(id) ?? []),
    ...(codes.hl7.get(id) ?? []),
    ...(furtherCodes.get(id) ?? []),
  ];
  return [...new Set(values.flatMap(expanded))].sort();
}

/** `E1 ... E9` is nine codes, `L,M,N` three. */
function expanded(code: string): string[] {
  if (/^\w(?:,\w)+$/.test(code)) return code.split(',');
  const [, letter = '', from, to] = /^([A-Z])(\d) \.\.\. \1(\d+)$/.exec(code.trim()) ?? [];
  if (from === undefined) return isPlaceholder(code.trim()) ? [] : [code.trim()];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `${letter}${Number(from) + i}`);
}
