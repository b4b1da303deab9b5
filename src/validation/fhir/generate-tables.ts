/**
 * Makes the tables of FHIR beside this file from the official StructureDefinitions and the official expansions of the
 * value sets, as npm packages carry them: `node src/validation/fhir/generate-tables.ts`.
 *
 * Only facts are carried over: names, cardinalities, types, targets, bindings, codes and FHIRPath expressions.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extensionTable } from './generate/extensions.ts';
import { narrativeTable } from './generate/narrative.ts';
import { usCore } from './generate/packages.ts';
import { release, type Release, releases } from './generate/sources.ts';
import { structureTable } from './generate/structures.ts';
import { valueSetTable, ValueSets } from './generate/value-sets.ts';

const generator = 'src/validation/fhir/generate-tables.ts';
const licence = 'CC0-1.0 (HL7 FHIR specification)';

const names: Record<string, readonly string[]> = {};
const packages: string[] = [];
const ofStandard = new Set<string>();
for (const name of releases) writeRelease(release(name));
write('resource-names.json', {
  source: { what: 'HL7 FHIR R4, R4B and R5: names of resources', licence, packages, generator },
  names,
});
write('us-core-5.0.1.json', {
  source: {
    what: 'HL7 US Core 5.0.1 (http://hl7.org/fhir/us/core/STU5.0.1): profiles, and value sets of R4 that they bind',
    licence,
    packages: packages.slice(0, 2),
    generator,
  },
  profiles: usCore(release('r4'), ofStandard),
});

function writeRelease(from: Release): void {
  const sets = new ValueSets(from);
  const source = {
    what: `HL7 FHIR ${from.name.toUpperCase()} (${from.version}): StructureDefinitions and value sets`,
    licence,
    packages: from.packages,
    generator,
  };
  const structures = structureTable(from, sets);
  names[from.name] = structures.resources;
  packages.push(...from.packages);
  write(`${from.name}.json`, { source, version: from.version, ...structures });
  write(`${from.name}-extensions.json`, { source, extensions: extensionTable(from, sets) });
  write(`${from.name}-value-sets.json`, { source, ...valueSetTable(sets) });
  if (from.name !== 'r4') return;
  write('narrative.json', { source, ...narrativeTable(from) });
  for (const set of sets.used.keys()) ofStandard.add(`http://hl7.org/fhir/ValueSet/${set}`);
}

/** A line for each entry of the second level: small, and a change can be read. */
function write(name: string, table: object): void {
  const members = Object.entries(table).map(([key, value]) => `${JSON.stringify(key)}: ${lines(value)}`);
  writeFileSync(join(import.meta.dirname, 'tables', name), `{\n${members.join(',\n')}\n}\n`);
}

function lines(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    const isFlat = value.every((item) => typeof item === 'string');
    return isFlat ? JSON.stringify(value) : `[\n${value.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  }
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`,
  );
  return `{\n${members.join(',\n')}\n}`;
}
