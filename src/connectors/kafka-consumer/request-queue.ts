/**
 * Tames the client's request queue. kafkajs 2.2.4 arms a timer anew each time it looks for requests that wait, also where
 * none does: an idle connection wakes a thousand times a second, with a delay that is negative. Here the timer is armed
 * only where a request waits; the client itself looks again whenever one is queued or answered.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue/index.js';

/** Once a process, before the first connection; later calls change nothing. */
export function tameRequestQueue(): void {
  const require = createRequire(import.meta.url);
  // The client is written in CommonJS without types: this is the shape that the test makes sure of.
  const { prototype } = require(REQUEST_QUEUE) as { prototype: RequestQueue };
  const schedule = prototype.scheduleCheckPendingRequests;
  if (tamed.has(schedule)) return;
  const calm: typeof schedule = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
  tamed.add(calm);
  prototype.scheduleCheckPendingRequests = calm;
}

const tamed = new WeakSet<RequestQueue['scheduleCheckPendingRequests']>();
