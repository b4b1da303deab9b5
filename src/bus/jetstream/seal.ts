/**
 * The seal of the gateways (`app.messaging.seal`): it tells what one of them published to the ingress from what any other
 * client did. It covers what nothing but the word of a header says: from which connector and caller a message is, of which
 * one it is a replay, and when it was received. Where the gateways have no seal, these are believed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { header, type Headers } from '../../messages/envelope.ts';

const claims = [header.connector, header.principal, header.parentId, header.receivedAt] as const;

export class Seal {
  readonly #secret: string | undefined;

  constructor(secret: string | undefined) {
    this.#secret = secret;
  }

  put(headers: Headers): Headers {
    return this.#secret === undefined
      ? headers
      : { ...headers, [header.seal]: sealOf(headers, this.#secret) };
  }

  /** The headers without the seal; without the claims, too, where it is missing or another one's. */
  take(headers: Headers): Headers {
    const { [header.seal]: given, ...rest } = headers;
    if (this.#secret === undefined) return given === undefined ? headers : rest;
    if (given !== undefined && isSame(given, sealOf(headers, this.#secret))) return rest;
    return Object.fromEntries(Object.entries(rest).filter(([name]) => !claimed.has(name)));
  }
}

const claimed: ReadonlySet<string> = new Set(claims);

/** HMAC-SHA256 (RFC 2104) of the claims, and of the data id, so that it does not hold for another message. */
function sealOf(headers: Headers, secret: string): string {
  const covered = [header.dataId, ...claims].map((name) => headers[name] ?? null);
  return createHmac('sha256', secret).update(JSON.stringify(covered)).digest('base64url');
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
