/** The events of ended actors, as tests send them. */
import type { DoneActorEvent, ErrorActorEvent } from 'xstate';
import type { Failure } from '../../machines/index.ts';

export const backoff = { initial_ms: 250, max_ms: 5000, max_attempts: 0 };

/** An error that carries no failure: what a connector throws by mistake. */
export const bug: unknown = new TypeError('undefined is not a function');

export function retry(retryAfterMs: number | null = null): { failure: Failure } {
  const reason = { code: 'bus/unavailable', message: 'It cannot be reached.', retryable: true };
  return { failure: { kind: 'retry', reason, retryAfterMs } };
}

export function fix(): { failure: Failure } {
  const reason = { code: 'config/invalid', message: 'The credentials are wrong.', retryable: false };
  return { failure: { kind: 'fix', reason, retryAfterMs: null } };
}

export function done<Id extends string, Output>(actorId: Id, output?: Output): DoneActorEvent<Output, Id> {
  // Where an actor answers nothing its output is undefined, which is then what Output means.
  return { type: `xstate.done.actor.${actorId}`, output: output as Output, actorId };
}

export function erred<Id extends string>(actorId: Id, error: unknown): ErrorActorEvent<unknown, Id> {
  return { type: `xstate.error.actor.${actorId}`, error, actorId };
}
