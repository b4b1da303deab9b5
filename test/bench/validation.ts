/** The engines of validation: how well they judge, how fast, and that nothing makes them throw or hang. */
import { benchDicomValidation } from './validation/dicom.ts';
import type { BenchResult } from './result.ts';

export async function benchValidation(): Promise<readonly BenchResult[]> {
  return benchDicomValidation();
}
