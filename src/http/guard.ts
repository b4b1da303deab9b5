/**
 * Keeps pages in the operator's browser from driving the gateway. A browser on the same machine is on loopback, where no
 * token is asked for, so the request itself must show that no foreign page is behind it:
 *
 * - the Host header names this server, else a foreign name was made to point here (DNS rebinding);
 * - what changes state comes from no other origin (Fetch standard, `Origin`; Fetch Metadata, `Sec-Fetch-Site`).
 *
 * Ingress is guarded as well: a page could otherwise post messages, which needs no right to read the answer.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { HealthosError } from '../errors.ts';
import { isLoopback } from './auth.ts';

/** Throws `request/foreign-host`, `request/foreign-origin` or, without one Host header alone, `request/malformed`. */
export type Guard = (request: IncomingMessage, caller: { readonly token: boolean } | undefined) => void;

/** `host` is the address that the server is configured to listen on. */
export function createGuard(host: string): Guard {
  const ours = namesOf(host);
  const everywhere = isWildcard(host);
  return (request, caller) => {
    const named = request.headers.host;
    if (named === undefined) refuseWithoutHost(request);
    else if (hasTwoHosts(request)) refuseTwoHosts();
    else if (!ours(named) && !(everywhere && caller?.token === true)) refuseHost();
    if (changesState(request.method) && isForeign(request)) refuseOrigin();
  };
}

/**
 * Does a Host header name this server? Loopback's names and the configured address do. A server that listens on every
 * address goes by any of them, and by the machine's name: an address cannot be rebound. By other names it may go, but
 * does not know them: there a token shows that no page is behind the request.
 */
function namesOf(host: string): (named: string) => boolean {
  const everywhere = isWildcard(host);
  const names = new Set(['localhost', host.toLowerCase(), ...(everywhere ? [hostname().toLowerCase()] : [])]);
  return (named) => {
    const name = nameIn(named);
    return names.has(name) || isLoopback(name) || (everywhere && isIP(name) !== 0);
  };
}

/** The name in `name:port` or `[address]:port`, in lower case, without the brackets and the root's dot. */
function nameIn(named: string): string {
  const name = named.startsWith('[') ? named.slice(1).split(']', 1)[0] : named.split(':', 1)[0];
  return (name ?? '').toLowerCase().replace(/\.$/, '');
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}

/** Is it a method that may do more than read? */
export function changesState(method: string | undefined): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

/** A browser says where a request comes from; a program that is no browser says nothing. */
function isForeign(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined) return false;
  return origin !== `http://${host ?? ''}` && origin !== `https://${host ?? ''}`;
}

/** HTTP/1.1 demands a Host header (RFC 9112, section 3.2). HTTP/1.0 has none, and no browser speaks it. */
function refuseWithoutHost(request: IncomingMessage): void {
  if (request.httpVersion === '1.0') return;
  throw new HealthosError('request/malformed', 'The request has no Host header.');
}

/** Node keeps the first of several Host headers; whoever stands before us may go by another (RFC 9112, section 3.2). */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

function refuseTwoHosts(): never {
  throw new HealthosError('request/malformed', 'The request has more than one Host header.');
}

function refuseHost(): never {
  throw new HealthosError(
    'request/foreign-host',
    'Address the gateway by the name or address that it listens on; the Host header names another server.',
  );
}

function refuseOrigin(): never {
  throw new HealthosError(
    'request/foreign-origin',
    'The request comes from a web page of another origin, which may not change anything here.',
  );
}
