/** The thread behind `on-demand.ts`: one question, one verdict. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ValidationDefinition } from '../config/definition.ts';
import { levelsOf } from './levels.ts';
import { validate } from './validate.ts';

// Started by `on-demand.ts` alone, with exactly this.
const levels = levelsOf(workerData as ValidationDefinition);

parentPort?.on('message', ({ bytes, hint }: { bytes: Uint8Array; hint: string | undefined }) => {
  const { controlId: _controlId, sender: _sender, ...verdict } = validate(bytes, { levels, hint });
  parentPort?.postMessage(verdict);
});
