/**
 * The pace of a connector that fetches: its messages pass in the order in which they came, as fast as `rate_limit` allows.
 * A sender can be told to slow down; what reads a source waits.
 */
import { createTokenBucket } from '../http/token-bucket.ts';
import type { RateLimit } from '../config/definition.ts';
import type { Clock } from './clock.ts';

export interface Pace {
  /** Resolves when it is this message's turn. */
  turn(): Promise<void>;
  /** Ends the wait of all that wait: they pass at once, still in their order. */
  hurry(): void;
}

export function createPace({ per_second: perSecond, burst }: RateLimit, clock: Clock): Pace {
  const bucket = createTokenBucket(perSecond, burst);
  let waiting: (() => void)[] = [];
  let timer: unknown;

  function pass(): void {
    timer = undefined;
    let passed = 0;
    for (const go of waiting) {
      const seconds = bucket.take();
      if (seconds > 0) {
        timer = clock.setTimeout(pass, Math.ceil(seconds * 1000));
        break;
      }
      passed += 1;
      go();
    }
    waiting = waiting.slice(passed);
  }

  return {
    turn: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (timer === undefined) pass();
      }),
    hurry() {
      clock.clearTimeout(timer);
      timer = undefined;
      for (const go of waiting.splice(0)) go();
    },
  };
}
