/** The engines, by format. */
import type { Format } from '../messages/envelope.ts';
import { dicomEngine } from './dicom/index.ts';
import type { Engine } from './engine.ts';
import { fhirEngine } from './fhir/index.ts';
import { hl7v2Engine } from './hl7v2/index.ts';
import { x12Engine } from './x12/index.ts';

export const engines: Readonly<Record<Format, Engine>> = {
  hl7v2: hl7v2Engine,
  fhir: fhirEngine,
  x12: x12Engine,
  dicom: dicomEngine,
};
