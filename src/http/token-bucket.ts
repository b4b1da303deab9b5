/** A limit on how fast messages are taken in: a bucket that holds `burst` tokens and gains `perSecond`. */

export interface TokenBucket {
  /** Takes a token and answers 0; or takes none and answers the seconds until there is one. */
  take(): number;
}

/** `now` is a clock in milliseconds that never goes back. */
export function createTokenBucket(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
): TokenBucket {
  let tokens = burst;
  let filledAt = now();
  return {
    take() {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond);
      filledAt = at;
      if (tokens < 1) return (1 - tokens) / perSecond;
      tokens -= 1;
      return 0;
    },
  };
}
