/**
 * Validates what is only asked about and not stored (`POST /validate`), in a thread of its own: a payload that hangs it
 * or exhausts its memory costs nothing but its own answer.
 */
import { Worker } from 'node:worker_threads';
import type { ValidationDefinition } from '../config/definition.ts';
import { workerUrl } from '../workers.ts';
import type { Verdict } from './issue.ts';
import { generalVerdict } from './validate.ts';

export interface OnDemandValidator {
  /** Resolves with the verdict, good or bad; one that ends the thread says so by its rule. */
  validate(bytes: Uint8Array, hint: string | undefined): Promise<Verdict>;
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly hint: string | undefined;
  resolve(verdict: Verdict): void;
}

const DEADLINE_MS = 15_000;
const MEMORY_MB = 1024;

export function createOnDemandValidator(validation: ValidationDefinition): OnDemandValidator {
  const queue: Waiting[] = [];
  let thread: Worker | undefined;
  let busy = false;

  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      thread ??= startThread(validation, (ended) => {
        if (thread === ended) thread = undefined;
      });
      const verdict = await ask(thread, next);
      next.resolve(verdict ?? generalVerdict('validationCrash', null));
    }
    thread?.unref();
    busy = false;
  }

  return {
    validate: (bytes, hint) =>
      new Promise((resolve) => {
        queue.push({ bytes, hint, resolve });
        void work();
      }),
    async close() {
      await thread?.terminate();
    },
  };
}

/** `onEnd` hears of its end, whenever that comes: a thread that has ended answers nothing. */
function startThread(validation: ValidationDefinition, onEnd: (ended: Worker) => void): Worker {
  const thread = new Worker(workerUrl(import.meta.url, './on-demand-worker'), {
    name: 'validate',
    workerData: validation,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  // Its end follows an error; without a listener the error would be the gateway's own.
  thread.on('error', () => onEnd(thread));
  thread.on('exit', () => onEnd(thread));
  return thread;
}

/** The verdict, or undefined where the thread ended over it. */
async function ask(thread: Worker, { bytes, hint }: Waiting): Promise<Verdict | undefined> {
  const { promise, resolve } = Promise.withResolvers<Verdict | undefined>();
  const ended = () => resolve(undefined);
  thread.ref();
  // Node listens on the thread too: only what is ours may be taken away again.
  thread.once('message', resolve).once('error', ended).once('exit', ended);
  const timer = setTimeout(() => void thread.terminate(), DEADLINE_MS);
  thread.postMessage({ bytes, hint });
  const verdict = await promise;
  clearTimeout(timer);
  thread.off('message', resolve).off('error', ended).off('exit', ended);
  return verdict;
}
