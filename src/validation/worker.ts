/** The thread in which messages are validated: joins the bus by its ticket and works until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { Burst } from '../burst.ts';
import { joinBus } from '../bus/join-bus.ts';
import type { BusTicket } from '../bus/message-bus.ts';
import { describeThrown } from '../errors.ts';
import { type GivenUp, runValidation } from './consumer.ts';
import { fhirByConnector, profileFaults } from './fhir/settings.ts';
import { policyByConnector, type ValidationParts } from './levels.ts';
import { letIntakeGoFirst } from '../workers.ts';
import { Progress } from './progress.ts';

/** What a validation thread is started with. */
export interface ValidationThreadData extends ValidationParts {
  readonly ticket: BusTicket['ticket'];
  readonly progress: SharedArrayBuffer;
  readonly givenUp: readonly GivenUp[];
  readonly burst: SharedArrayBuffer | undefined;
}

/** What a validation thread tells. */
export type ValidationThreadMessage =
  | { readonly type: 'ready' }
  /** A file of a package, or the folder itself, that cannot be used. */
  | { readonly type: 'profile-unusable'; readonly file: string }
  | {
      readonly type: 'fault';
      readonly dataId: string;
      readonly thrown: ReturnType<typeof describeThrown>;
    };

function say(message: ValidationThreadMessage): void {
  parentPort?.postMessage(message);
}

async function work(data: ValidationThreadData): Promise<void> {
  const fhirFor = fhirByConnector(data);
  const bus = await joinBus(data.ticket);
  const stopping = new AbortController();
  parentPort?.once('message', () => stopping.abort());
  for (const file of profileFaults()) say({ type: 'profile-unusable', file });
  say({ type: 'ready' });
  await runValidation(
    {
      bus,
      policyFor: policyByConnector(data),
      fhirFor,
      progress: new Progress(data.progress),
      givenUp: data.givenUp,
      burst: new Burst(data.burst),
      onFault: (dataId, thrown) => say({ type: 'fault', dataId, thrown: describeThrown(thrown) }),
    },
    stopping.signal,
  );
  await bus.close();
  parentPort?.close();
}

letIntakeGoFirst();

// The thread is started by `validator-thread.ts` alone, with exactly this.
await work(workerData as ValidationThreadData);
