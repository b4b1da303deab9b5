/** What the headers of an ingress request say, as far as the gateway listens to them. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HealthosError } from '../errors.ts';

/** The longest wait for a verdict that is granted, in seconds. */
const MAX_WAIT_S = 30;

/** Seconds of `Prefer: wait=N` (RFC 7240, section 4.3), at most 30; 0 where nothing is to be waited for. */
export function preferredWait(prefer: string | string[] | undefined): number {
  if (prefer === undefined) return 0;
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=[,;]|$)/i.exec(String(prefer));
  return Math.min(Number(wait?.[1] ?? 0), MAX_WAIT_S);
}

/**
 * The identity that an Idempotency-Key gives a message, scoped to the caller. The key is hashed, since a client may build
 * it from a patient's number. Throws `request/malformed` where it is empty, longer than 255 characters, or not printable.
 */
export function sourceKeyOf(key: string | string[] | undefined, caller: string): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new HealthosError(
      'request/malformed',
      'An Idempotency-Key has 1 to 255 printable ASCII characters.',
    );
  }
  return `idempotency/${caller}/${createHash('sha256').update(key).digest('hex')}`;
}

/** W3C Trace Context, section 3.2.2. */
export function traceparentOf(value: string | string[] | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  return /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value) ? value : undefined;
}

export interface ClaimedType {
  /** The media type without parameters; undefined where the header has none that is well-formed. */
  readonly mediaType: string | undefined;
  /** `application/json`: the body may be of the seed's form. */
  readonly json: boolean;
  /** The parameter `fhirVersion`, such as 4.0 (R4, http.html#version-parameter). */
  readonly fhirVersion: string | undefined;
}

const claimed = new Map<string, ClaimedType>();
/** Senders use a handful; whoever invents more shall not fill the memory. */
const MAX_REMEMBERED = 256;

export function claimedTypeOf({ 'content-type': contentType = '' }: IncomingHttpHeaders): ClaimedType {
  const known = claimed.get(contentType);
  if (known !== undefined) return known;
  const mediaType = /^\s*([\w.+-]{1,63}\/[\w.+-]{1,63})\s*(?:;|$)/.exec(contentType)?.[1];
  const fhirVersion = /;\s*fhirVersion\s*=\s*"?(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)"?\s*(?:;|$)/i.exec(
    contentType,
  )?.[1];
  const type = { mediaType, json: mediaType?.toLowerCase() === 'application/json', fhirVersion };
  if (claimed.size < MAX_REMEMBERED) claimed.set(contentType, type);
  return type;
}
