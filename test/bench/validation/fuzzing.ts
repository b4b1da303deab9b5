/** Fuzzes an engine in numbered parts, on all processors at once. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

export interface FuzzWork {
  readonly format: 'hl7v2' | 'x12';
  /** Of each part. */
  readonly inputs: number;
}

export interface Survival {
  readonly inputs: number;
  readonly crashes: number;
  /** The most of the processor's time that one input took, in milliseconds. */
  readonly slowestMs: number;
}

export async function fuzzInParts(work: FuzzWork, parts: number): Promise<Survival> {
  const left = Array.from({ length: parts }, (_, part) => part).values();
  let survival: Survival = { inputs: 0, crashes: 0, slowestMs: 0 };
  const examine = async () => {
    const worker = new Worker(new URL('fuzz-worker.ts', import.meta.url), { workerData: work });
    for (const part of left) {
      worker.postMessage(part);
      // A worker that dies rejects.
      const [result] = (await once(worker, 'message')) as [Survival];
      survival = together(survival, result);
      process.stderr.write(`${work.format}: ${inWords(survival)}\n`);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, examine));
  return survival;
}

function together(one: Survival, other: Survival): Survival {
  return {
    inputs: one.inputs + other.inputs,
    crashes: one.crashes + other.crashes,
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
  };
}

const inWords = ({ inputs, crashes, slowestMs }: Survival): string =>
  `${inputs} mutated inputs, ${crashes} crashes, ${slowestMs.toFixed(1)} ms at most`;
