/** The releases of FHIR that can be validated, and how each is named. */

export const releases = ['r4', 'r4b', 'r5'] as const;
export type ReleaseName = (typeof releases)[number];

export const versionOf: Readonly<Record<ReleaseName, string>> = { r4: '4.0.1', r4b: '4.3.0', r5: '5.0.0' };

/** The release of a version as the parameter `fhirVersion` (R4, http.html) or a canonical writes it: `4.0`, `4.3.0`. */
export function releaseOf(version: string): ReleaseName | undefined {
  const [major, minor] = version.split('.');
  return releases.find((name) => {
    const [ownMajor, ownMinor] = versionOf[name].split('.');
    return major === ownMajor && minor === ownMinor;
  });
}
