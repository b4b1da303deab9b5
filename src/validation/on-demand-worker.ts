/** The thread behind `on-demand.ts`: one question, one verdict. */
import { parentPort, workerData } from 'node:worker_threads';
import { fhirByConnector } from './fhir/settings.ts';
import { policyByConnector, type ValidationParts } from './levels.ts';
import type { Question } from './on-demand.ts';
import { validate } from './validate.ts';

// Started by `on-demand.ts` alone, with exactly this.
const parts = workerData as ValidationParts;
const policyFor = policyByConnector(parts);
const fhirFor = fhirByConnector(parts);

parentPort?.on('message', ({ bytes, connector, ...said }: Question) => {
  const options = { ...policyFor(connector), fhir: fhirFor(connector), ...said };
  const { controlId: _controlId, sender: _sender, ...verdict } = validate(bytes, options);
  parentPort?.postMessage(verdict);
});
