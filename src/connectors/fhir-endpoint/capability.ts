/**
 * The CapabilityStatement of a FhirEndpoint (R4, capabilitystatement.html): what it takes in, and no more than that. Its
 * release is the one that resources are validated against where they name none.
 */
import { type ReleaseName, versionOf } from '../../validation/fhir/releases.ts';
import { resourceNames } from '../../validation/fhir/resource-names.ts';
import { packageVersion } from '../../version.ts';

const started = new Date().toISOString();

const VALIDATE = {
  name: 'validate',
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
} as const;

export function capabilityStatement(url: string, release: ReleaseName) {
  return {
    resourceType: 'CapabilityStatement' as const,
    status: 'active',
    date: started,
    kind: 'instance',
    software: { name: 'HealthOS', version: packageVersion() },
    implementation: { description: 'HealthOS: stores, validates and hands on what it is sent', url },
    fhirVersion: versionOf[release],
    format: ['application/fhir+json', 'application/fhir+xml'],
    rest: [
      {
        mode: 'server',
        documentation:
          'What is posted is stored as a message and answered with 202 and an OperationOutcome, or with the outcome of its validation where Prefer: wait asks for it. Nothing can be read here, and a transaction is handed on as it is: it is not carried out.',
        resource: resourceNames(release).map((type) => ({
          type,
          interaction: [{ code: 'create', documentation: 'Taken in as a message.' }],
          operation: [VALIDATE],
        })),
        operation: [VALIDATE],
      },
    ],
  };
}
