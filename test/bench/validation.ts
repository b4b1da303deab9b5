/**
 * The validators of the formats: what they find, what they wrongly find, what harms them, and how fast they are. Nearly all of
 * its time goes into damaged inputs; those of HL7 v2 and X12 are shared out over all processors.
 *
 * Each format has a process of its own: what millions of damaged inputs of another one leave behind (a large heap, code that
 * was compiled for anything) would halve its speed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './result.ts';

const formats = ['hl7v2', 'x12', 'fhir', 'dicom'] as const;

export async function benchValidation(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const format of formats) results.push(...(await inProcess(format)));
  return results;
}

async function inProcess(format: string): Promise<readonly BenchResult[]> {
  const child = fork(fileURLToPath(new URL('validation/run.ts', import.meta.url)), [format]);
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`The bench of ${format} ended with ${String(status)}.`);
  });
  const answered = once(child, 'message').then(([results]) => results as readonly BenchResult[]);
  return Promise.race([answered, ended]);
}
