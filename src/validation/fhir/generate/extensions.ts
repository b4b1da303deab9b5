/** The extensions that a release itself defines: where they may stand, and what they hold. */
import { cell, typesOf } from './cells.ts';
import type { ElementRow, Release, StructureDefinition } from './sources.ts';
import type { ValueSets } from './value-sets.ts';

interface ExtensionRow {
  /** The value as a cell of the structures; none where it is made of parts. */
  readonly value?: string;
  /** The extensions within it, by URL: cardinality, and value where it has one. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Elements, by FHIRPath, in which it may stand; URLs of extensions likewise. */
  readonly contexts: readonly string[];
  readonly modifier?: true;
}

export function extensionTable(release: Release, sets: ValueSets): Record<string, ExtensionRow> {
  const rows = release.extensions.map((one): [string, ExtensionRow] => [one.url, extensionRow(one, sets)]);
  return Object.fromEntries(rows.sort(([a], [b]) => a.localeCompare(b)));
}

function extensionRow(definition: StructureDefinition, sets: ValueSets): ExtensionRow {
  const rows = definition.snapshot.element;
  const value = valueOf(rows, 'Extension', sets);
  const parts = rows.filter(({ id }) => /^Extension\.extension:[^.:]+$/.test(id ?? ''));
  return {
    ...(value === undefined ? {} : { value }),
    ...(parts.length === 0
      ? {}
      : { parts: Object.fromEntries(parts.map((part) => partOf(part, rows, sets))) }),
    contexts: (definition.context ?? [])
      .filter(({ type }) => type !== 'fhirpath')
      .map(({ expression }) => expression),
    ...(rows[0]?.isModifier === true ? { modifier: true } : {}),
  };
}

function partOf(part: ElementRow, rows: readonly ElementRow[], sets: ValueSets): [string, string] {
  const id = part.id ?? '';
  const url = rows.find((row) => row.id === `${id}.url`)?.fixedUri ?? id.slice(id.indexOf(':') + 1);
  const value = valueOf(rows, id, sets);
  const types = value === undefined ? '-' : value.split(' ').slice(1).join(' ');
  return [url, `${part.min}..${part.max} ${types}`];
}

function valueOf(rows: readonly ElementRow[], id: string, sets: ValueSets): string | undefined {
  const row = rows.find((candidate) => candidate.id === `${id}.value[x]`);
  if (row === undefined || row.max === '0') return undefined;
  return cell(row, sets, typesOf(row));
}
