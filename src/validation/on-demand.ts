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
      thread ??= new Worker(workerUrl(import.meta.url, './on-demand-worker'), {
        name: 'validate',
        workerData: validation,
        resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
      });
      const verdict = await ask(thread, next);
      if (verdict === undefined) thread = undefined;
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

/** The verdict, or undefined where the thread ended over it. */
async function ask(thread: Worker, waiting: Waiting): Promise<Verdict | undefined> {
  thread.ref();
  const timer = setTimeout(() => void thread.terminate(), DEADLINE_MS);
  thread.postMessage({ bytes: waiting.bytes, hint: waiting.hint });
  const verdict = await new Promise<Verdict | undefined>((resolve) => {
    thread.once('message', resolve);
    thread.once('error', () => resolve(undefined));
    thread.once('exit', () => resolve(undefined));
  });
  clearTimeout(timer);
  thread.removeAllListeners();
  return verdict;
}
