/** The validators of the formats: what they find, what they wrongly find, what harms them, and how fast they are. */
import type { BenchResult } from './result.ts';
import { benchFhirValidation } from './validation/fhir.ts';

const formats: readonly (() => Promise<readonly BenchResult[]>)[] = [benchFhirValidation];

export async function benchValidation(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const bench of formats) results.push(...(await bench()));
  return results;
}
