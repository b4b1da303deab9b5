/** Whether the bus can be used, and if not why: the gravest cause counts. Tells those who listen of each change. */
import type { ErrorCode, HealthosError } from '../../errors.ts';
import type { BusStatus } from '../message-bus.ts';

export type BusState = Pick<BusStatus, 'state' | 'since' | 'code' | 'reason'>;
export type StateListener = (state: BusState) => void;

/** In a sentence, with the code of what was met. */
export type Cause = Pick<HealthosError, 'code' | 'message'>;

export class Availability {
  readonly #listeners = new Set<StateListener>();
  readonly #troubles = new Map<object, Cause>();
  #outage: Cause | undefined;
  #refusal: string | undefined;
  #state: BusState;
  #ended = false;

  constructor(outage: Cause) {
    this.#outage = outage;
    this.#state = { state: 'unavailable', since: Date.now(), code: outage.code, reason: outage.message };
  }

  get state(): BusState {
    return this.#state;
  }

  /** Why the server cannot be used; undefined where it can. */
  get outage(): Cause | undefined {
    return this.#outage;
  }

  set outage(cause: Cause | undefined) {
    this.#outage = cause;
    this.#refresh();
  }

  /** Why nothing is taken in although the server is there. */
  set refusal(reason: string | undefined) {
    this.#refusal = reason;
    this.#refresh();
  }

  /** What keeps one of the consumers from working; without a cause nothing does any more. */
  trouble(consumer: object, cause: Cause | undefined): void {
    if (cause === undefined) this.#troubles.delete(consumer);
    else this.#troubles.set(consumer, cause);
    this.#refresh();
  }

  listen(listener: StateListener): () => void {
    const own: StateListener = (state) => listener(state);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** The state stays what it is, and nobody is told any more. */
  end(): void {
    this.#ended = true;
    this.#listeners.clear();
  }

  #refresh(): void {
    const [trouble] = this.#troubles.values();
    const troubles = [...this.#troubles.values()].map(({ message }) => message).join(' ');
    if (this.#outage !== undefined) this.#become('unavailable', this.#outage.code, this.#outage.message);
    else if (trouble !== undefined) this.#become('unavailable', trouble.code, troubles);
    else if (this.#refusal !== undefined) this.#become('full', 'bus/full', this.#refusal);
    else this.#become('ready', null, null);
  }

  #become(state: BusStatus['state'], code: ErrorCode | null, reason: string | null): void {
    if (this.#ended) return;
    const changed = state !== this.#state.state;
    this.#state = { state, since: changed ? Date.now() : this.#state.since, code, reason };
    if (changed) for (const listener of this.#listeners) listener(this.#state);
  }
}
