/** Those in the main thread who wait for a verdict: by data id, each until its time is over. */
import type { Journey } from './journal.ts';

interface Waiter {
  readonly settle: (journey: Journey | undefined) => void;
  readonly reject: (error: Error) => void;
}

export class Waiting {
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #onChange: (change: {
    readonly begun: readonly string[];
    readonly over: readonly string[];
  }) => void;
  #begun = new Set<string>();
  #over = new Set<string>();
  #scheduled = false;

  /** What begins and ends within one turn of the event loop is told at once. */
  constructor(
    onChange: (change: { readonly begun: readonly string[]; readonly over: readonly string[] }) => void,
  ) {
    this.#onChange = onChange;
  }

  get any(): boolean {
    return this.#waiters.size > 0;
  }

  /** Undefined where the time is over before the verdict has come. */
  for(dataId: string, timeoutMs: number): Promise<Journey | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(dataId, waiter), timeoutMs);
      const waiter: Waiter = {
        settle: (journey) => {
          clearTimeout(timer);
          resolve(journey);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#add(dataId, waiter);
    });
  }

  settle(journeys: readonly Journey[]): void {
    for (const journey of journeys) {
      const waiters = this.#waiters.get(journey.data_id) ?? [];
      this.#waiters.delete(journey.data_id);
      for (const waiter of waiters) waiter.settle(journey);
    }
  }

  rejectAll(error: Error): void {
    const all = [...this.#waiters.values()].flatMap((waiters) => [...waiters]);
    this.#waiters.clear();
    for (const waiter of all) waiter.reject(error);
  }

  #add(dataId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(dataId) ?? new Set();
    this.#waiters.set(dataId, waiters.add(waiter));
    this.#over.delete(dataId);
    this.#begun.add(dataId);
    this.#tellSoon();
  }

  #giveUp(dataId: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(dataId);
    waiters?.delete(waiter);
    waiter.settle(undefined);
    if (waiters === undefined || waiters.size > 0) return;
    this.#waiters.delete(dataId);
    if (!this.#begun.delete(dataId)) this.#over.add(dataId);
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      const change = { begun: [...this.#begun], over: [...this.#over] };
      this.#begun = new Set();
      this.#over = new Set();
      this.#scheduled = false;
      this.#onChange(change);
    });
  }
}
