/** Errors on their way into a machine: as a failure that says who mends it. */
import { asHealthosError } from '../errors.ts';
import type { Failure } from '../../machines/index.ts';

/** What a promise actor rejects with; the machines read only `failure`. */
export class ActorFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(failure.reason.message, { cause });
    this.name = 'ActorFailure';
    this.failure = failure;
  }
}

/**
 * Whatever a connector or worker threw, as a failure. A HealthosError of kind `retry` may say in `retryAfter` (seconds)
 * how long to wait; `Infinity` asks for the ceiling of the backoff, for what only time or the other side mends. It stays
 * a number that JSON can write: `null` would mean that nothing was asked for.
 */
export function asActorFailure(thrown: unknown): ActorFailure {
  if (thrown instanceof ActorFailure) return thrown;
  const error = asHealthosError(thrown);
  const retryAfterMs =
    error.retryAfter === undefined ? null : Math.min(error.retryAfter * 1000, Number.MAX_SAFE_INTEGER);
  const reason = { code: error.code, message: error.message, retryable: error.kind === 'retry' };
  return new ActorFailure({ kind: error.kind, reason, retryAfterMs }, thrown);
}
