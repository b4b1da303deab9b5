/** Measures the validation of one format, in a process of its own, and sends the results to its parent. */
import type { BenchResult } from '../result.ts';
import { benchDicomValidation } from './dicom.ts';
import { benchFhirValidation } from './fhir.ts';
import { benchHl7v2Validation } from './hl7v2.ts';
import { benchX12Validation } from './x12.ts';

const benches: Readonly<Record<string, () => Promise<readonly BenchResult[]>>> = {
  hl7v2: benchHl7v2Validation,
  x12: benchX12Validation,
  fhir: benchFhirValidation,
  dicom: benchDicomValidation,
};

const bench = benches[process.argv[2] ?? ''];
if (bench === undefined) throw new Error('It is started by validation.ts, with the name of a format.');
const results = await bench();
process.send?.(results);
process.disconnect?.();
