/**
 * Makes the tables of HL7 v2, and the report on their sources: `node src/validation/hl7v2/generate-tables.ts --source
 * FILE`, the file being hl7apy's message structures and segments as JSON. Facts only are carried over: names, order,
 * cardinality, types, lengths, codes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { parseArgs } from 'node:util';
import type { IndexTable, VersionTable } from './dictionary.ts';
import { codeTables } from './generate/codes.ts';
import { segmentsOf, typesOf } from './generate/fields.ts';
import { report } from './generate/report.ts';
import { readSources, type Sources } from './generate/sources.ts';
import { eventsOf, structuresOf, withoutGaps } from './generate/structures.ts';

/** Versions that go by another's tables: one that the sources do not tell apart, and one newer than they are. */
const aliases: Record<string, string> = { '2.7.1': '2.7', '2.9': '2.8.2' };

function main(): void {
  const { values } = parseArgs({ args: argv.slice(2), options: { source: { type: 'string' } } });
  if (values.source === undefined) throw new Error('Say where the export of hl7apy is: --source FILE');
  const sources = readSources(values.source);
  mkdirSync(new URL('tables/', import.meta.url), { recursive: true });
  const tables = withoutGaps(Object.keys(sources.hl7apy).map((version) => versionTable(version, sources)));
  for (const table of tables) write(table.version, table);
  write('index', indexTable(sources, tables));
  writeFileSync(new URL('../../../docs/hl7v2-tables.md', import.meta.url), report(sources, tables));
}

function write(name: string, table: VersionTable | IndexTable): void {
  const url = new URL(`tables/${name}.json`, import.meta.url);
  writeFileSync(url, `${JSON.stringify(table, null, 1)}\n`);
}

function versionTable(version: string, sources: Sources): VersionTable {
  return {
    source: sources.said,
    version,
    structures: structuresOf(sources, version),
    events: eventsOf(sources, version),
    segments: segmentsOf(sources, version),
    types: typesOf(sources, version),
  };
}

function indexTable(sources: Sources, tables: readonly VersionTable[]): IndexTable {
  const known = Object.fromEntries(tables.map(({ version }) => [version, version]));
  const found = codeTables(
    sources,
    tables.map(({ version, segments, types }) => ({
      version,
      entries: [...Object.values(segments), ...Object.values(types)],
    })),
  );
  const listed = (closed: boolean): Record<string, string> =>
    Object.fromEntries(
      found.filter(({ isClosed }) => isClosed === closed).map(({ id, values }) => [id, values.join('|')]),
    );
  return {
    source: sources.said,
    versions: { ...known, ...aliases },
    defined: listed(true),
    suggested: listed(false),
  };
}

main();
