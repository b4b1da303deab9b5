/** How the threads of validator and journal are started, watched and stopped: what their machines' promise actors do. */
import { ActorFailure, asActorFailure } from './failures.ts';
import type { Logger } from '../logging.ts';
import type { Reason } from './status.ts';

/** A thread that the supervisor keeps alive. */
export interface ManagedWorker {
  /** Resolves, never rejects, when the worker is no more, for whatever reason. */
  readonly exited: Promise<{ readonly reason: Reason }>;
  /** Lets it finish what it has in hand, and ends it. */
  stop(): Promise<void>;
}

export interface ManagedJournal extends ManagedWorker {
  /** Resolves when it is no longer far behind the bus. */
  readonly caughtUp: Promise<void>;
}

/** Starts a worker; resolves when it works. Should give up soon after the signal aborts. */
export type StartWorker<Worker extends ManagedWorker> = (signal: AbortSignal) => Promise<Worker>;

export class WorkerSession<Worker extends ManagedWorker> {
  readonly #start: StartWorker<Worker>;
  readonly #name: string;
  readonly #log: Logger;
  #worker: Worker | undefined;

  constructor(name: string, start: StartWorker<Worker>, log: Logger) {
    this.#name = name;
    this.#start = start;
    this.#log = log;
  }

  get worker(): Worker | undefined {
    return this.#worker;
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.stop();
      const worker = await this.#start(signal);
      if (signal.aborted) await worker.stop();
      else this.#worker = worker;
    } catch (thrown) {
      if (!signal.aborted) this.#log.error({ actor: this.#name, err: thrown }, 'worker.not-started');
      throw asActorFailure(thrown);
    }
  }

  /** Rejects when the worker has ended by itself. */
  async watch(): Promise<void> {
    const ended = await this.#worker?.exited;
    if (ended) throw new ActorFailure({ kind: 'retry', reason: ended.reason, retryAfterMs: null });
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.stop();
  }
}
