/** The `X-Request-Id` that every response carries. */
import { randomBytes } from 'node:crypto';

const prefix = randomBytes(6).toString('hex');
let count = 0;

/** What a client may choose itself: ids as tracing systems make them, nothing in which a name could be written. */
const acceptable = /^[0-9a-f]{8}[0-9a-f-]{0,56}$/;

/** The client's own id where it is a hexadecimal number or a UUID, else a new one, unique across restarts. */
export function requestIdFor(claimed: string | string[] | undefined): string {
  if (typeof claimed === 'string' && acceptable.test(claimed)) return claimed;
  count += 1;
  return `${prefix}-${count.toString(36)}`;
}

declare module 'koa' {
  interface DefaultState {
    /** The request's `X-Request-Id`. */
    requestId: string;
  }
}
