/** A thread in which an engine is fuzzed: it takes the numbers of parts, and answers each with what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz as fuzzHl7v2 } from '../../validation/hl7v2/fuzz.ts';
import { fuzz as fuzzX12 } from '../../validation/x12/fuzz.ts';
import type { FuzzWork } from './fuzzing.ts';

// What `fuzzing.ts` gives it.
const { format, inputs } = workerData as FuzzWork;
const fuzz = { hl7v2: fuzzHl7v2, x12: fuzzX12 }[format];

async function examine(part: number): Promise<void> {
  parentPort?.postMessage(await fuzz(part, inputs));
}

parentPort?.on('message', (part: number) => void examine(part));
