/**
 * Which release of FHIR a payload is of: what its content type says, else what its own profiles say, else what is
 * configured for its connector, else R4.
 */
import type { Examined } from '../engine.ts';
import type { Findings } from './findings.ts';
import { isObject, items, type JsonObject } from './json-object.ts';
import { releaseOf, type ReleaseName, versionOf } from './releases.ts';

export function chooseRelease(
  { fhirVersion, fhir }: Pick<Examined, 'fhirVersion' | 'fhir'>,
  profiles: readonly string[],
  findings: Findings,
): ReleaseName {
  const stated = fhirVersion ?? profiles.map(versionIn).find((version) => version !== undefined);
  const release = stated === undefined ? undefined : releaseOf(stated);
  if (stated !== undefined && release === undefined) {
    findings.add(
      'fhir/version',
      'The payload is of a version of FHIR that is not validated: send R4, R4B or R5.',
    );
  }
  const chosen = release ?? fhir?.release ?? 'r4';
  findings.release = `FHIR ${chosen.toUpperCase()} (${versionOf[chosen]})`;
  return chosen;
}

export function profilesOf({ meta }: JsonObject): readonly string[] {
  const profiles = isObject(meta) ? items(meta['profile']) : [];
  return profiles.filter((profile) => typeof profile === 'string');
}

const HEAD = 4096;

/** Those in the `meta` of the root, which stands near the beginning. */
export function profilesInXml(text: string): readonly string[] {
  const meta = /<meta>([\s\S]*?)<\/meta>/.exec(text.slice(0, HEAD))?.[1] ?? '';
  return [...meta.matchAll(/<profile\s+value="([^"]*)"/g)].map(([, url = '']) => url);
}

const withVersion =
  /^http:\/\/hl7\.org\/fhir\/(?:(\d\.\d)\/)?StructureDefinition\/[A-Za-z]+(?:\|(\d\.\d(?:\.\d)?))?$/;

/** The profiles of the standard itself may have its version: `…/StructureDefinition/Patient|4.3.0`. */
function versionIn(profile: string): string | undefined {
  const [, inPath, behind] = withVersion.exec(profile) ?? [];
  return inPath ?? behind;
}
