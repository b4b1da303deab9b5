/**
 * The watchdog of a connector that fetches: running means moving. Every two seconds it asks how many messages wait at the
 * source; where some wait and none moves, the connector is stalled, until one moves or nothing waits any more.
 *
 * What moves is counted by the gate, whatever became of it. A message that waits for the bus moves too: a slow bus is no
 * fault of the connector. A lag that shrinks is movement: of what the connector passes over the gate hears nothing. A
 * lag that cannot be told proves nothing, neither way.
 */
import type { ConnectorMachineEvent } from '../../machines/index.ts';
import type { Logger } from '../logging.ts';
import type { Clock } from './clock.ts';
import type { Gate } from './gate.ts';

/** The states of a connector in which it is watched. */
export type Watched = 'consuming' | 'stalled';

export interface WatchdogOptions {
  readonly gate: Pick<Gate, 'counts' | 'inFlight'>;
  readonly log: Logger;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How to ask the connector that runs now; undefined where it cannot tell. */
  readonly lagOf: () => (() => Promise<number | null>) | undefined;
  readonly tell: (event: ConnectorMachineEvent) => void;
  readonly countStall: () => void;
}

const LOOK_EVERY_MS = 2_000;

/**
 * Ten seconds in which nothing moves: longer than what passes by itself, such as the 6 to 7 s in which a cluster elects a
 * leader. Counted in looks: a process that was suspended has not watched anything in the meantime.
 */
const STILL_LOOKS = 5;

export class Watchdog {
  readonly #options: WatchdogOptions;
  #watch: Watch | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** At each of the connector's transitions; null where it is not watched. */
  set(state: Watched | null): void {
    if (state === null) this.#end();
    else {
      this.#watch ??= this.#begin();
      this.#watch?.set(state);
    }
  }

  /** As it was measured last; null where it is not watched or was not measured yet. */
  lag(): number | null {
    return this.#watch?.lag ?? null;
  }

  #begin(): Watch | undefined {
    const ask = this.#options.lagOf();
    return ask && new Watch(ask, this.#options);
  }

  #end(): void {
    this.#watch?.end();
    this.#watch = undefined;
  }
}

/** From when the connector consumes until it is paused, drains or fails. */
class Watch {
  lag: number | null = null;
  readonly #ask: () => Promise<number | null>;
  readonly #options: WatchdogOptions;
  #state: Watched = 'consuming';
  #timer: unknown;
  #asking = false;
  #ended = false;
  /** What the gate had received at the last look. */
  #received: number;
  /** Messages were seen to wait, and none has moved since. */
  #still: { readonly since: number; looks: number } | undefined;

  constructor(ask: () => Promise<number | null>, options: WatchdogOptions) {
    this.#ask = ask;
    this.#options = options;
    this.#received = options.gate.counts().received;
    this.#wait();
  }

  set(state: Watched): void {
    if (state === 'stalled' && this.#state !== 'stalled') this.#options.countStall();
    this.#state = state;
  }

  end(): void {
    this.#ended = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = this.#options.clock.setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    this.#wait();
    if (this.#moved()) this.#progress();
    else if (this.#still) this.#count(this.#still);
    if (!this.#asking) void this.#measure();
  }

  #moved(): boolean {
    const { counts, inFlight } = this.#options.gate;
    const { received } = counts();
    const moved = received !== this.#received || inFlight() > 0;
    this.#received = received;
    return moved;
  }

  #progress(): void {
    this.#still = undefined;
    if (this.#state === 'stalled') this.#options.tell({ type: 'connector.progressed' });
  }

  #count(still: { readonly since: number; looks: number }): void {
    still.looks += 1;
    if (still.looks < STILL_LOOKS || this.#state === 'stalled') return;
    const since = new Date(still.since).toISOString();
    const message = `Messages wait at the source (${this.lag}), and none has come through since ${since}.`;
    this.#options.tell({
      type: 'connector.stalled',
      reason: { code: 'connector/stalled', message, retryable: true },
    });
  }

  async #measure(): Promise<void> {
    this.#asking = true;
    const lag = await this.#answer();
    this.#asking = false;
    if (!this.#ended && lag !== null) this.#take(lag);
  }

  #take(lag: number): void {
    const shrank = this.lag !== null && lag < this.lag;
    this.lag = lag;
    if (lag === 0 || shrank) this.#progress();
    if (lag > 0) this.#still ??= { since: this.#options.now(), looks: 0 };
  }

  async #answer(): Promise<number | null> {
    try {
      const lag = await this.#ask();
      return lag !== null && Number.isSafeInteger(lag) && lag >= 0 ? lag : null;
    } catch (thrown) {
      this.#options.log.debug({ err: thrown }, 'connector.lag-unknown');
      return null;
    }
  }
}
