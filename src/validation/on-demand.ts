/**
 * Validates what is only asked about and not stored (`POST /validate`), in a thread of its own: a payload that hangs it
 * or exhausts its memory costs nothing but its own answer.
 */
import { Worker } from 'node:worker_threads';
import type { ServiceDefinition } from '../config/definition.ts';
import { workerUrl } from '../workers.ts';
import type { Verdict } from './issue.ts';
import { partsOf, type ValidationParts } from './levels.ts';
import { generalVerdict } from './general-verdict.ts';

export interface OnDemandValidator {
  /** Resolves with the verdict, good or bad; one that ends the thread says so by its rule. */
  validate(question: Question): Promise<Verdict>;
  close(): Promise<void>;
}

/** What is judged, and what its sender said of it. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** The content type. */
  readonly hint?: string | undefined;
  readonly fhirVersion?: string | undefined;
  /** As `Examined.askedProfiles`. */
  readonly askedProfiles?: readonly string[];
}

export interface Question extends Payload {
  /** The id of the connector whose rules apply; those for all where it is left out. */
  readonly connector?: string;
}

interface Waiting {
  readonly question: Question;
  resolve(verdict: Verdict): void;
}

const DEADLINE_MS = 15_000;
const MEMORY_MB = 1024;

export function createOnDemandValidator(
  definition: Pick<ServiceDefinition, 'validation' | 'connectors' | 'profiles'>,
): OnDemandValidator {
  const queue: Waiting[] = [];
  let thread: Worker | undefined;
  let busy = false;

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      thread ??= startThread(partsOf(definition), (ended) => {
        if (thread === ended) thread = undefined;
      });
      const verdict = await ask(thread, next.question);
      next.resolve(verdict ?? generalVerdict('validationCrash', null));
    }
    thread?.unref();
    busy = false;
  }

  return {
    validate: (question) =>
      new Promise((resolve) => {
        queue.push({ question, resolve });
        void work();
      }),
    async close() {
      await thread?.terminate();
    },
  };
}

/** `onEnd` hears of its end, whenever that comes: a thread that has ended answers nothing. */
function startThread(parts: ValidationParts, onEnd: (ended: Worker) => void): Worker {
  const thread = new Worker(workerUrl(import.meta.url, './on-demand-worker'), {
    name: 'validate',
    workerData: parts,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  // Its end follows an error; without a listener the error would be the gateway's own.
  thread.on('error', () => onEnd(thread));
  thread.on('exit', () => onEnd(thread));
  return thread;
}

/** The verdict, or undefined where the thread ended over it. */
async function ask(thread: Worker, question: Question): Promise<Verdict | undefined> {
  const { promise, resolve } = Promise.withResolvers<Verdict | undefined>();
  const ended = () => resolve(undefined);
  thread.ref();
  // Node listens on the thread too: only what is ours may be taken away again.
  thread.once('message', resolve).once('error', ended).once('exit', ended);
  const timer = setTimeout(() => void thread.terminate(), DEADLINE_MS);
  thread.postMessage(question);
  const verdict = await promise;
  clearTimeout(timer);
  thread.off('message', resolve).off('error', ended).off('exit', ended);
  return verdict;
}
