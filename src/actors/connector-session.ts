/**
 * How a connector connects, runs, drains and is released: what the promise actors of its machine do. One session a
 * connector, which outlives its actor's restarts and its changes of definition.
 */
import { within } from './clock.ts';
import { asActorFailure } from './failures.ts';
import type { Connector, ConnectorContext } from '../connectors/connector.ts';
import type { ConnectorDefinition, LoadedConnector } from '../config/definition.ts';
import type { Logger } from '../logging.ts';
import type { Backoff } from '../../machines/index.ts';
import type { Clock } from './clock.ts';
import type { Gate } from './gate.ts';

export interface SessionOptions {
  readonly definition: ConnectorDefinition;
  readonly gate: Gate;
  readonly log: Logger;
  readonly clock: Clock;
  /**
   * Makes the connector of its kind; throws a HealthosError where the definition does not suit. The signal aborts when the
   * connector is used no more.
   */
  readonly open: (definition: ConnectorDefinition, abandoned: AbortSignal) => Connector;
  /** Reads the connector's part of the service definition and its secrets again. */
  readonly reload: (id: string) => Promise<LoadedConnector>;
}

/** How long a call that was told to end may take before its connector is left behind; milliseconds. */
const GRACE_MS = 2_000;

export class ConnectorSession {
  readonly gate: Gate;
  readonly #options: SessionOptions;
  #definition: ConnectorDefinition;
  #reread: LoadedConnector | undefined;
  #connector: Connector | undefined;
  #abandoning = new AbortController();
  /** The call of `connect` or `run` that is, or was last, under way. */
  #underWay: Promise<unknown> = Promise.resolve();
  #taking = new AbortController();
  #releasing: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.gate = options.gate;
    this.#definition = options.definition;
    this.#announce();
  }

  get definition(): ConnectorDefinition {
    return this.#definition;
  }

  /** Its part of the service definition as it was read last; undefined where that was at the gateway's start. */
  get reread(): LoadedConnector | undefined {
    return this.#reread;
  }

  async configure(signal: AbortSignal): Promise<Backoff> {
    return this.#reporting(signal, async () => {
      const next = await this.#options.reload(this.#definition.id);
      await this.release();
      this.#abandon();
      this.#definition = next.definition;
      this.#reread = next;
      return next.definition.backoff;
    });
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#reporting(signal, async () => {
      await this.#leaveBehindWhatHangs();
      await this.#releasing;
      signal.throwIfAborted();
      this.#connector ??= this.#open();
      await this.#track(this.#connector.connect(signal));
    });
  }

  /** Resolves when the source has ended, or soon after the signal aborts or `drain` was called. */
  async run(signal: AbortSignal): Promise<void> {
    this.#taking = new AbortController();
    const ending = AbortSignal.any([signal, this.#taking.signal]);
    await this.#reporting(signal, () => this.#track(this.#takeIn(ending)));
  }

  /** Takes nothing more in, waits for what is in flight, releases everything. */
  async drain(signal: AbortSignal): Promise<void> {
    const forced = () => this.#options.log.warn({ connector: this.#definition.id }, 'connector.drain-forced');
    signal.addEventListener('abort', forced, { once: true });
    this.#taking.abort();
    await Promise.allSettled([this.#underWay, this.gate.idle()]);
    await this.release();
    signal.removeEventListener('abort', forced);
  }

  /** Asks the connector that is in use how many messages wait at its source; undefined where it cannot tell. */
  lag(): (() => Promise<number | null>) | undefined {
    return this.#connector?.lag?.bind(this.#connector);
  }

  /** Never rejects, and takes no longer than the grace. */
  release(): Promise<void> {
    const closing = this.#close(this.#connector);
    this.#releasing = within(this.#options.clock, GRACE_MS, closing).then(() => undefined);
    return this.#releasing;
  }

  /** Resolves when the last release is over. */
  released(): Promise<void> {
    return this.#releasing;
  }

  /** Makes the connector before it connects, so that it can announce its routes; a mistake shows when it connects. */
  #announce(): void {
    try {
      this.#connector = this.#open();
    } catch {
      this.#abandon();
    }
  }

  #open(): Connector {
    this.#abandoning = new AbortController();
    return this.#options.open(this.#definition, this.#abandoning.signal);
  }

  #abandon(): void {
    this.#connector = undefined;
    this.#abandoning.abort();
  }

  async #takeIn(ending: AbortSignal): Promise<void> {
    // The gate opens with the snapshot of the transition that began this actor: one turn later.
    await Promise.resolve();
    const connector = this.#connector;
    this.gate.pace(connector?.lag && this.#definition.rate_limit);
    await connector?.run(this.gate.deliver, ending);
  }

  #track<T>(call: Promise<T>): Promise<T> {
    this.#underWay = call.catch(() => undefined);
    return call;
  }

  async #leaveBehindWhatHangs(): Promise<void> {
    if (await within(this.#options.clock, GRACE_MS, this.#underWay)) return;
    this.#options.log.warn({ connector: this.#definition.id }, 'connector.left-behind');
    await this.release();
    this.#abandon();
    this.#underWay = Promise.resolve();
  }

  async #reporting<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      const failure = asActorFailure(thrown);
      if (failure.failure.kind === 'bug' && !signal.aborted) await this.#startAfresh(thrown);
      throw failure;
    }
  }

  /** After a bug nothing of the old connector is trusted: the restart makes a new one. */
  async #startAfresh(thrown: unknown): Promise<void> {
    this.#options.log.error({ connector: this.#definition.id, err: thrown }, 'connector.crashed');
    await this.release();
    this.#abandon();
  }

  async #close(connector: Connector | undefined): Promise<void> {
    try {
      await connector?.close();
    } catch (thrown) {
      this.#options.log.error({ connector: this.#definition.id, err: thrown }, 'connector.close-failed');
    }
  }
}

export type OpenConnector = (definition: ConnectorDefinition, context: ConnectorContext) => Connector;
