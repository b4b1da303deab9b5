/** The rules of all formats, apart from the engines: to know them, no engine is loaded. */
import { rules as dicomRules } from './dicom/rules.ts';
import type { Rule } from './engine.ts';
import { rules as fhirRules } from './fhir/rules.ts';
import { generalRules } from './general-rules.ts';
import { rules as hl7v2Rules } from './hl7v2/rules.ts';
import { rules as x12Rules } from './x12/rules.ts';

export const allRules: readonly Rule[] = [
  ...Object.values(generalRules),
  ...hl7v2Rules,
  ...fhirRules,
  ...x12Rules,
  ...dicomRules,
];
