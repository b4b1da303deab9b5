/** How `healthos validate` judges: by a preset, by the settings of a service definition, and by what is said of FHIR. */
import { statSync } from 'node:fs';
import { nearest } from '../config/nearest.ts';
import { fileFault } from '../config/substitute.ts';
import type { Format } from '../messages/envelope.ts';
import type { Preset } from '../validation/engine.ts';
import type { FhirDefinition } from '../validation/fhir/settings.ts';
import type { Verdict } from '../validation/issue.ts';
import type { ValidationParts } from '../validation/levels.ts';
import { usageError } from './errors.ts';
import type { Output } from './output.ts';
import type { Wanted } from './payloads.ts';

export interface JudgingOptions {
  readonly format?: Format;
  /** A service definition. What is named beside it wins over it. */
  readonly file?: string;
  /** As for the messages of this connector of the definition. */
  readonly connector?: string;
  readonly preset?: Preset;
  readonly fhirVersion?: FhirDefinition['version'];
  readonly fhirPackages?: FhirDefinition['packages'];
  readonly fhirFolder?: string;
}

export interface Judge {
  /** How much of a file has to be read: of a large DICOM object its attributes, else all. */
  readonly wanted: Wanted;
  /** `size`: that of the whole, where only the beginning was read. */
  readonly verdict: (bytes: Uint8Array, size?: number, known?: Format) => Verdict;
}

/** The engines bring large tables: they are loaded when there is something to validate. */
export async function loadJudge(options: JudgingOptions, output: Output): Promise<Judge> {
  const settings = await settingsOf(options, output);
  const [{ validate }, { generalVerdict }, { detect }, { bytesWanted, HEAD_BYTES }] = await Promise.all([
    import('../validation/validate.ts'),
    import('../validation/general-verdict.ts'),
    import('../messages/detect.ts'),
    import('../validation/dicom/head.ts'),
  ]);
  const { format } = options;
  return {
    wanted: (bytes, size) => {
      if (bytes.length < Math.min(size, HEAD_BYTES)) return Math.min(size, HEAD_BYTES);
      return (format ?? detect(bytes).format) === 'dicom' ? bytesWanted(bytes, size) : size;
    },
    verdict: (bytes, size, known = format) => {
      try {
        return validate(bytes, { ...settings, format: known, size });
      } catch {
        return generalVerdict('validationCrash', known ?? null);
      }
    },
  };
}

async function settingsOf(options: JudgingOptions, output: Output) {
  const { policyOf, overlay } = await import('../validation/levels.ts');
  const { fhirSettings, profileFaults } = await import('../validation/fhir/settings.ts');
  const { validation, connectors, profiles } = await partsOf(options);
  const own = overlay(validation, connectorsPart(connectors, options));
  const inForce = overlay(own, { preset: options.preset, fhir: fhirOf(options) });
  const fhir = fhirSettings(inForce.fhir ?? {});
  for (const file of profileFaults()) output.error(`${file}: this cannot be used as a profile.`);
  return { ...policyOf(inForce, profiles), fhir };
}

async function partsOf({ file, connector }: JudgingOptions): Promise<ValidationParts> {
  if (file !== undefined) return (await import('../config/load.ts')).loadValidation(file, process.env);
  if (connector !== undefined)
    throw usageError('--connector is one of a service definition: name that with -f.');
  return { validation: { preset: 'standard', rules: {} }, connectors: {}, profiles: {} };
}

function connectorsPart(
  connectors: ValidationParts['connectors'],
  { connector }: JudgingOptions,
): ValidationParts['connectors'][string] | undefined {
  if (connector === undefined || Object.hasOwn(connectors, connector)) return connectors[connector ?? ''];
  const near = nearest(connector, Object.keys(connectors));
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw usageError(`The service definition has no connector of this id.${hint}`);
}

/** What was not named is left to the definition. */
function fhirOf({ fhirVersion, fhirPackages, fhirFolder }: JudgingOptions): FhirDefinition {
  if (fhirFolder !== undefined) demandFolder(fhirFolder);
  return {
    ...(fhirVersion && { version: fhirVersion }),
    ...(fhirPackages && { packages: fhirPackages }),
    ...(fhirFolder !== undefined && { folder: fhirFolder }),
  };
}

function demandFolder(folder: string): void {
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (thrown) {
    throw usageError(`${folder} cannot be read (${fileFault(thrown)}).`);
  }
  throw usageError(`${folder} is no folder.`);
}
