/** What is configured for FHIR, for all messages or for those of one connector. */
import type { ReleaseName } from './releases.ts';
import type { ValidationParts } from '../levels.ts';
import { definitionsOf } from './definitions.ts';
import { ProfileLibrary } from './profiles/library.ts';
import type { ShippedPackage } from './profiles/shipped.ts';

/** `validation.fhir` of a service definition. */
export interface FhirDefinition {
  readonly version?: 'R4' | 'R4B' | 'R5';
  readonly packages?: readonly ShippedPackage[];
  readonly folder?: string;
}

export interface FhirSettings {
  /** The release of payloads that do not name one. */
  readonly release: ReleaseName;
  readonly profiles: ProfileLibrary | null;
}

const libraries = new Map<string, ProfileLibrary>();

/** Connectors with the same packages share them. */
export function fhirSettings({ version, packages = [], folder }: FhirDefinition): FhirSettings {
  const release = releaseNamed(version);
  if (packages.length === 0 && folder === undefined) return { release, profiles: null };
  const key = JSON.stringify([packages, folder]);
  const profiles = libraries.get(key) ?? new ProfileLibrary({ packages, folder });
  libraries.set(key, profiles);
  return { release, profiles };
}

function releaseNamed(version: FhirDefinition['version'] = 'R4'): ReleaseName {
  return version.toLowerCase() as ReleaseName;
}

/** What `fhirByConnector` takes payloads to be of, without reading any definitions. */
export function releaseByConnector({
  validation,
  connectors,
}: ValidationParts): (connector: string) => ReleaseName {
  const own = new Map(Object.entries(connectors).map(([id, { fhir }]) => [id, fhir?.version]));
  return (connector) => releaseNamed(own.get(connector) ?? validation.fhir?.version);
}

/** The files of all packages that were loaded and cannot be used. */
export function profileFaults(): readonly string[] {
  return [...libraries.values()].flatMap(({ faults }) => faults);
}

/** The settings for a connector's messages; for an unknown one those for all. */
export function fhirByConnector({
  validation,
  connectors,
}: ValidationParts): (connector: string | undefined) => FhirSettings {
  const base = fhirSettings(validation.fhir ?? {});
  // Read now, so that the first message does not wait for them.
  definitionsOf(base.release);
  const own = new Map(
    Object.entries(connectors).map(([id, { fhir }]) => [id, fhirSettings({ ...validation.fhir, ...fhir })]),
  );
  return (connector) => (connector === undefined ? base : (own.get(connector) ?? base));
}
