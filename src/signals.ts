/** The signals that end the gateway: the first one drains, a later one ends at once. */
import { constants } from 'node:os';

/** One that comes sooner is the same wish: a terminal and a process manager may both pass on the same Ctrl-C. */
const SECOND_AFTER_MS = 1000;

/** Resolves with the first SIGTERM or SIGINT. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const take = (signal: NodeJS.Signals) => {
      const now = performance.now();
      if (first === undefined) {
        first = now;
        resolve(signal);
      } else if (now - first >= SECOND_AFTER_MS) process.exit(128 + constants.signals[signal]);
    };
    process.on('SIGTERM', take);
    process.on('SIGINT', take);
  });
}
