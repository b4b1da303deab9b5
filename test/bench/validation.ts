/**
 * The validators of the formats: what they find, what they wrongly find, what harms them, and how fast they are. Nearly all of
 * its time goes into damaged inputs; those of HL7 v2 and X12 are shared out over all processors.
 */
import type { BenchResult } from './result.ts';
import { benchDicomValidation } from './validation/dicom.ts';
import { benchFhirValidation } from './validation/fhir.ts';
import { benchHl7v2Validation } from './validation/hl7v2.ts';
import { benchX12Validation } from './validation/x12.ts';

const formats: readonly (() => Promise<readonly BenchResult[]>)[] = [
  benchHl7v2Validation,
  benchX12Validation,
  benchFhirValidation,
  benchDicomValidation,
];

export async function benchValidation(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const bench of formats) results.push(...(await bench()));
  return results;
}
