/** Waiting by a clock that tests can move. */
import type { ActorOptions, AnyActorLogic } from 'xstate';

/** A clock as XState takes it: the system's, or one that a test moves. */
export type Clock = NonNullable<ActorOptions<AnyActorLogic>['clock']>;

export const systemClock: Clock = {
  setTimeout: (callback: () => void, ms: number) => setTimeout(callback, ms),
  clearTimeout: (timer: NodeJS.Timeout) => {
    clearTimeout(timer);
  },
};

/** True once the promise has resolved, false when it has not within so many milliseconds. It must not reject. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer: unknown = clock.setTimeout(() => resolve(false), ms);
    void promise.then(() => {
      clock.clearTimeout(timer);
      resolve(true);
    });
  });
}
