/** The thread behind `on-demand.ts`: one question, one verdict. */
import { parentPort, workerData } from 'node:worker_threads';
import { levelsByConnector, type ValidationParts } from './levels.ts';
import type { Question } from './on-demand.ts';
import { validate } from './validate.ts';

// Started by `on-demand.ts` alone, with exactly this.
const levelsFor = levelsByConnector(workerData as ValidationParts);

parentPort?.on('message', ({ bytes, hint, fhirVersion, connector }: Question) => {
  const levels = levelsFor(connector);
  const {
    controlId: _controlId,
    sender: _sender,
    ...verdict
  } = validate(bytes, { levels, hint, fhirVersion });
  parentPort?.postMessage(verdict);
});
