/** Looks after the stream once a publish or a consumer met a fault: asks the server for it until it answers. */
import { setTimeout } from 'node:timers/promises';
import { describeThrown } from '../../errors.ts';
import type { Cause } from './availability.ts';
import { hasStream } from './stream-reader.ts';
import type { Wire } from './wire.ts';

export interface StreamGuardOptions {
  readonly stream: string;
  /** The connection that there is now. */
  readonly wire: () => Wire | undefined;
  /** Why the stream cannot be used; undefined: it can. */
  readonly tell: (outage: Cause | undefined) => void;
  /** The stream is gone: with a new connection it is made anew. */
  readonly renew: () => Promise<void>;
}

const AGAIN_MS = 250;

export class StreamGuard {
  readonly #options: StreamGuardOptions;
  #looking: Promise<void> | undefined;

  constructor(options: StreamGuardOptions) {
    this.#options = options;
  }

  /** One look at a time. */
  look(): void {
    const wire = this.#options.wire();
    if (wire === undefined) return;
    this.#looking ??= this.#lookOn(wire).finally(() => (this.#looking = undefined));
  }

  async #lookOn(wire: Wire): Promise<void> {
    const { stream, tell, renew } = this.#options;
    while (this.#options.wire() === wire) {
      const found = await hasStream(wire, stream).catch((thrown: unknown) =>
        tell(unanswered(stream, thrown)),
      );
      if (found === true) {
        tell(undefined);
        return;
      }
      if (found === false) {
        tell({ code: 'bus/unavailable', message: `The stream ${stream} is gone; it is made anew.` });
        await renew();
        return;
      }
      await setTimeout(AGAIN_MS);
    }
  }
}

function unanswered(stream: string, thrown: unknown): Cause {
  const code = describeThrown(thrown).code ?? 'no answer';
  const message = `No NATS server answers for the stream ${stream}: it may be electing a leader, or hang (${code}).`;
  return { code: 'bus/unavailable', message };
}
