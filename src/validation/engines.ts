/** The engines, by format, and all their rules. */
import type { Format } from '../messages/envelope.ts';
import { dicomEngine } from './dicom/index.ts';
import type { Engine, Rule } from './engine.ts';
import { fhirEngine } from './fhir/index.ts';
import { generalRules } from './general-rules.ts';
import { hl7v2Engine } from './hl7v2/index.ts';
import { x12Engine } from './x12/index.ts';

export const engines: Readonly<Record<Format, Engine>> = {
  hl7v2: hl7v2Engine,
  fhir: fhirEngine,
  x12: x12Engine,
  dicom: dicomEngine,
};

export const allRules: readonly Rule[] = [
  ...Object.values(generalRules),
  ...Object.values(engines).flatMap((engine) => engine.rules),
];
