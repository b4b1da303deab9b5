/** What the machines tell each other: why something failed, and the words for the events of finished actors. */
import type { DoneActorEvent, ErrorActorEvent } from 'xstate';

/** Why a part is in its state: a stable code and a sentence for a person. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** A failure as a machine sees it: whether time, a person or a programmer mends it. */
export interface Failure {
  readonly kind: 'retry' | 'fix' | 'bug';
  readonly reason: Reason;
  /** How long the other side asks us to wait, in milliseconds; null where it does not say. */
  readonly retryAfterMs: number | null;
}

/** Exponential backoff; `max_attempts` 0 means no limit. */
export interface Backoff {
  readonly initial_ms: number;
  readonly max_ms: number;
  readonly max_attempts: number;
}

/** What ended in an actor named `Id`. */
export type Ended<Id extends string, Output = unknown> =
  DoneActorEvent<Output, Id> | ErrorActorEvent<unknown, Id>;

const unexpected: Failure = {
  kind: 'bug',
  reason: {
    code: 'internal/bug',
    message: 'An unexpected error; the log has where it was thrown.',
    retryable: false,
  },
  retryAfterMs: null,
};

/** The failure that an actor's error carries; what carries none is our bug. */
export function failureOf(error: unknown): Failure {
  if (typeof error !== 'object' || error === null || !('failure' in error)) return unexpected;
  return isFailure(error.failure) ? error.failure : unexpected;
}

/** The longest delay before this attempt (1 is the first retry): doubles each time, up to the ceiling. */
export function backoffCeiling(backoff: Backoff, attempt: number): number {
  return Math.min(backoff.max_ms, backoff.initial_ms * 2 ** Math.min(attempt - 1, 40));
}

/** What stands in a machine for an actor whose work `src/actors` provides. */
export function provided(): Promise<never> {
  return Promise.reject(new Error('not provided'));
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    'reason' in value &&
    'retryAfterMs' in value
  );
}
