/**
 * Keeps the store's thread running. One that dies is replaced; the clients learn of its loss and get a way to the next
 * one. One that cannot open its file tries again, less and less often.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { describeThrown } from '../../errors.ts';
import { workerUrl } from '../../workers.ts';
import { whyDamaged } from './database.ts';
import { laneMemory } from './lane.ts';
import type { FromSupervisor, StoreLink, StoreSettings, StoreState, ToSupervisor } from './protocol.ts';

/** Something that uses the store, in this thread or another one. */
export interface StoreUser {
  attach(link: StoreLink): void;
  detach(state: StoreState): void;
  end(): void;
}

export type StartWorker = (url: URL, options: WorkerOptions) => Worker;

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/** Room for some hundred messages of a kilobyte, and for as many answers. */
const PUBLISHED_BYTES = 1024 * 1024;
const STORED_BYTES = 64 * 1024;

export class StoreSupervisor {
  readonly #settings: StoreSettings;
  readonly #startWorker: StartWorker;
  readonly #users = new Set<StoreUser>();
  #worker: Worker | undefined;
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | undefined;
  #ending: (() => void) | undefined;

  constructor(
    settings: StoreSettings,
    startWorker: StartWorker = (url, options) => new Worker(url, options),
  ) {
    this.#settings = settings;
    this.#startWorker = startWorker;
  }

  /** Resolves when the file is open, or when it is known that it cannot be opened for now. */
  start(): Promise<void> {
    return new Promise((resolve) => this.#start(resolve));
  }

  #start(settled: () => void): void {
    const worker = this.#startWorker(workerUrl(import.meta.url, '../store-worker'), {
      workerData: this.#settings,
      name: 'bus',
    });
    let reason = 'The thread of the bus ended unexpectedly; another one takes its place.';
    worker.on('message', (message: ToSupervisor) => {
      if (message.type === 'opened') this.#opened(worker);
      if (message.type === 'unopened') reason = this.#whyUnopened(message.code);
      settled();
    });
    worker.on('error', (error) => {
      const { name, code } = describeThrown(error);
      reason = `The thread of the bus ended unexpectedly (${code ?? name}); another one takes its place.`;
    });
    worker.on('exit', () => {
      this.#lost(reason);
      settled();
    });
  }

  #opened(worker: Worker): void {
    this.#worker = worker;
    this.#retryMs = FIRST_RETRY_MS;
    for (const user of this.#users) this.#attach(user, worker);
  }

  #attach(user: StoreUser, worker: Worker): void {
    const { port1, port2 } = new MessageChannel();
    const lanes = { published: laneMemory(PUBLISHED_BYTES), stored: laneMemory(STORED_BYTES) };
    worker.postMessage({ type: 'join', link: { port: port2, lanes } } satisfies FromSupervisor, [port2]);
    user.attach({ port: port1, lanes });
  }

  #lost(reason: string): void {
    this.#worker = undefined;
    if (this.#ending !== undefined) {
      this.#ending();
      return;
    }
    const state = { state: 'unavailable', since: Date.now(), reason } as const;
    for (const user of this.#users) user.detach(state);
    this.#timer = setTimeout(() => this.#start(() => undefined), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #whyUnopened(code: number | null): string {
    const file = this.#settings.busFile;
    const damaged = whyDamaged(code ?? undefined, file);
    if (damaged !== undefined) return damaged;
    const what = code === null ? 'an unexpected error' : `SQLite's error ${code}`;
    return `The bus cannot open ${file} (${what}); it tries again.`;
  }

  add(user: StoreUser): void {
    this.#users.add(user);
    if (this.#worker !== undefined) this.#attach(user, this.#worker);
  }

  remove(user: StoreUser): void {
    this.#users.delete(user);
  }

  /** Makes everything durable, closes the file, ends the thread. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    for (const user of this.#users) user.end();
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      this.#ending = resolve;
      worker.postMessage({ type: 'end' });
    });
  }
}
