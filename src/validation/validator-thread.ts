/**
 * Starts and watches the validation thread. One that dies or overruns its deadline is ended; the message it was at is
 * remembered, tried once more by the next thread, and then given up with the rule that says so.
 */
import { Worker } from 'node:worker_threads';
import type { Reason } from '../actors/status.ts';
import type { Burst } from '../burst.ts';
import type { MessageBus } from '../bus/message-bus.ts';
import type { ServiceDefinition } from '../config/definition.ts';
import type { Logger } from '../logging.ts';
import { workerUrl } from '../workers.ts';
import type { GivenUp } from './consumer.ts';
import type { GeneralRule } from './general-rules.ts';
import { partsOf } from './levels.ts';
import { Progress } from './progress.ts';
import type { ValidationThreadData, ValidationThreadMessage } from './worker.ts';

export interface ValidatorOptions {
  readonly bus: MessageBus;
  readonly definition: Pick<ServiceDefinition, 'validation' | 'connectors' | 'profiles'>;
  readonly log: Logger;
  readonly burst?: Burst;
  /** How long one message may take; milliseconds, default 15,000. */
  readonly deadlineMs?: number;
  /** The heap of the thread; MiB, default 1,024. */
  readonly memoryMb?: number;
  /** Another thread to run, for tests of what befalls it. */
  readonly worker?: URL;
}

/** A thread that the validator's actor supervises. */
export interface ValidatorThread {
  /** Resolves when the thread has ended, wished or not. */
  readonly exited: Promise<{ readonly reason: Reason }>;
  /** Lets it finish the message it is at, and resolves when it has ended. */
  stop(): Promise<void>;
}

const TRIES = 2;
const WATCH_EVERY_MS = 250;
const STOP_LIMIT_MS = 1000;

/** Starts validation threads, one after another, and remembers between them which messages did harm. */
export function createValidator(options: ValidatorOptions): {
  start(signal: AbortSignal): Promise<ValidatorThread>;
} {
  const suspects = new Map<number, number>();
  const givenUp: GivenUp[] = [];
  const blame = (seq: number, rule: GeneralRule): void => {
    const tries = (suspects.get(seq) ?? 0) + 1;
    suspects.set(seq, tries);
    if (tries < TRIES) return;
    suspects.delete(seq);
    givenUp.push({ seq, rule });
  };
  return { start: (signal) => startThread(options, givenUp, blame, signal) };
}

async function startThread(
  options: ValidatorOptions,
  givenUp: readonly GivenUp[],
  blame: (seq: number, rule: GeneralRule) => void,
  signal: AbortSignal,
): Promise<ValidatorThread> {
  signal.throwIfAborted();
  const progress = new Progress();
  const thread = spawn(options, progress, givenUp);
  thread.on('message', (message: ValidationThreadMessage) => {
    if (message.type === 'fault')
      options.log.error({ data_id: message.dataId, thrown: message.thrown }, 'validator.fault');
    else if (message.type === 'profile-unusable')
      options.log.warn({ file: message.file }, 'validator.profile-unusable');
  });
  const exited = watch(thread, progress, options.deadlineMs ?? 15_000, blame);
  await ready(thread, exited, signal);
  return { exited, stop: () => stop(thread, exited) };
}

function spawn(options: ValidatorOptions, progress: Progress, givenUp: readonly GivenUp[]): Worker {
  const ticket = options.bus.share();
  const data: ValidationThreadData = {
    ticket: ticket.ticket,
    progress: progress.shared,
    ...partsOf(options.definition),
    givenUp,
    burst: options.burst?.shared,
  };
  return new Worker(options.worker ?? workerUrl(import.meta.url, './worker'), {
    name: 'validator',
    workerData: data,
    transferList: [...ticket.transfer],
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb ?? 1024 },
  });
}

/** Resolves once the thread is gone, and says why; blames the message that it was at. */
function watch(
  thread: Worker,
  progress: Progress,
  deadlineMs: number,
  blame: (seq: number, rule: GeneralRule) => void,
): Promise<{ readonly reason: Reason }> {
  let overran = false;
  let failure: unknown;
  const timer = setInterval(() => {
    const current = progress.current();
    if (current === undefined || Date.now() - current.since < deadlineMs) return;
    overran = true;
    void thread.terminate();
  }, WATCH_EVERY_MS);
  thread.on('error', (error) => (failure = error));
  return new Promise((resolve) => {
    thread.once('exit', () => {
      clearInterval(timer);
      const current = progress.current();
      if (current !== undefined) blame(current.seq, overran ? 'validationTimeout' : 'validationCrash');
      resolve({ reason: reasonOf(overran, failure) });
    });
  });
}

function reasonOf(overran: boolean, failure: unknown): Reason {
  if (overran) {
    const message = 'A message was not validated within the deadline; the thread was replaced.';
    return { code: 'validator/deadline', message, retryable: true };
  }
  if (failure === undefined) {
    return { code: 'validator/ended', message: 'The validation thread has ended.', retryable: true };
  }
  const memory = failure instanceof Error && 'code' in failure && failure.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return memory
    ? { code: 'validator/memory', message: 'The validation thread ran out of memory.', retryable: true }
    : { code: 'validator/crash', message: 'The validation thread failed unexpectedly.', retryable: true };
}

async function ready(
  thread: Worker,
  exited: Promise<{ readonly reason: Reason }>,
  signal: AbortSignal,
): Promise<void> {
  const started = new Promise<'ready'>((resolve) => {
    thread.on('message', (message: ValidationThreadMessage) => {
      if (message.type === 'ready') resolve('ready');
    });
  });
  const abort = () => void thread.terminate();
  signal.addEventListener('abort', abort, { once: true });
  const first = await Promise.race([started, exited]);
  signal.removeEventListener('abort', abort);
  if (first !== 'ready') throw new Error(first.reason.message);
}

async function stop(thread: Worker, exited: Promise<unknown>): Promise<void> {
  thread.postMessage('stop');
  const limit = setTimeout(() => void thread.terminate(), STOP_LIMIT_MS);
  await exited;
  clearTimeout(limit);
}
