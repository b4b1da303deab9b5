/**
 * The connection to the server, and the only one who makes it anew: the client's own reconnects are off. A server that is
 * down, at the start or later, is tried again without end.
 */
import { setTimeout } from 'node:timers/promises';
import { NatsError } from 'nats';
import type { NatsConnection } from 'nats';
import { HealthosError } from '../../errors.ts';
import { connectNats } from '../../nats/connect.ts';
import type { NatsTarget } from '../../nats/connect.ts';
import { asNatsFault, busSide, describeServers } from '../../nats/faults.ts';

export interface LinkOptions {
  readonly target: NatsTarget;
  /** Makes all ready on a new connection. Where it rejects, the connection is closed and made anew. */
  readonly onOpen: (connection: NatsConnection) => Promise<void>;
  /** The connection is gone, or could not be made: in a sentence, why. Called again with each try that fails. */
  readonly onDown: (fault: HealthosError) => void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** What somebody has to mend first. */
const FIX_WAIT_MS = 3_000;

export class Link {
  readonly #options: LinkOptions;
  readonly #ending = new AbortController();
  #connection: NatsConnection | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Resolves when the first try is decided. */
  start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#done = this.#keepOpen(() => resolve(undefined));
    return promise;
  }

  /** Ends for good: what was sent is flushed before. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#connection?.flush().catch(() => undefined);
    await this.#connection?.close();
    await this.#done;
  }

  /** Something is wrong that a new connection mends. */
  async renew(): Promise<void> {
    await this.#connection?.close();
  }

  async #keepOpen(decided: () => void): Promise<void> {
    let failures = 0;
    for (;;) {
      const fault = await this.#once(() => {
        failures = 0;
        decided();
      });
      if (this.#ending.signal.aborted) break;
      this.#options.onDown(fault);
      decided();
      failures += 1;
      await setTimeout(waitMs(fault, failures), undefined, { signal: this.#ending.signal }).catch(
        () => undefined,
      );
    }
    decided();
  }

  /** One connection, from its making to its end. Resolves with what ended it. */
  async #once(opened: () => void): Promise<HealthosError> {
    const { target, onOpen } = this.#options;
    try {
      const connection = await connectNats(target, { side: busSide, signal: this.#ending.signal });
      this.#connection = connection;
      try {
        const ended = connection.closed();
        await Promise.race([onOpen(connection), ended.then(throwEnded)]);
        opened();
        return this.#faultOf(await ended);
      } finally {
        this.#connection = undefined;
        await connection.close();
      }
    } catch (thrown) {
      return this.#faultOf(thrown);
    }
  }

  #faultOf(thrown: unknown): HealthosError {
    const server = describeServers(this.#options.target.servers);
    if (thrown === undefined) {
      return new HealthosError('bus/unavailable', `The connection to ${server} broke off.`, {
        retryAfter: 1,
      });
    }
    return busFault(thrown, server);
  }
}

/** What the server's API refuses is said in its own words, where nobody knows better. */
export function busFault(thrown: unknown, server: string, stream = ''): HealthosError {
  const fault = asNatsFault(thrown, { side: busSide, server, stream });
  const refused = thrown instanceof NatsError ? thrown.jsError() : null;
  if (refused === null || fault.code !== 'bus/unavailable') return fault;
  const message = `${server} refused what was asked: ${refused.description} (${refused.err_code}).`;
  return new HealthosError('bus/unavailable', message, { cause: thrown, retryAfter: 1 });
}

function throwEnded(ended: unknown): never {
  throw ended instanceof Error ? ended : new Error('The connection broke off.');
}

/** Full jitter below a ceiling that doubles. */
function waitMs({ kind }: HealthosError, failures: number): number {
  if (kind === 'fix') return FIX_WAIT_MS;
  return Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
}
