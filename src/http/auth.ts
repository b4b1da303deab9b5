/** Who calls, and what they may do. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { Role, TokenDefinition } from '../config/definition.ts';
import { HealthosError } from '../errors.ts';

export interface Principal {
  /** The token's name, or `loopback`. */
  readonly name: string;
  readonly role: Role;
  /** True where a token was shown: no page in somebody's browser can have made the request by itself. */
  readonly token: boolean;
}

declare module 'koa' {
  interface DefaultState {
    /** Who calls; undefined for nobody that is known. */
    principal: Principal | undefined;
  }
}

/**
 * `read`: statuses, journeys, configuration; `own`: the journeys of what the caller sent; `command`: connectors and
 * replays; `body`: bodies of messages; `audit`: the audit trail; `ingress`: sending messages; `check`: validating
 * without storing.
 */
export type Permission = 'read' | 'own' | 'command' | 'body' | 'audit' | 'ingress' | 'check';

const granted: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set<Permission>(['read', 'own', 'check']),
  operator: new Set<Permission>(['read', 'own', 'command', 'ingress', 'check']),
  admin: new Set<Permission>(['read', 'own', 'command', 'body', 'audit', 'ingress', 'check']),
  sender: new Set<Permission>(['own', 'ingress', 'check']),
};

export function may(principal: Principal | undefined, permission: Permission): boolean {
  return principal !== undefined && granted[principal.role].has(permission);
}

/** Throws `request/unauthenticated` where nobody is known, `request/forbidden` where the role does not reach. */
export function demand(principal: Principal | undefined, permission: Permission): Principal {
  if (principal === undefined) {
    throw new HealthosError(
      'request/unauthenticated',
      'Send a token that this gateway knows: Authorization: Bearer <token>.',
    );
  }
  if (may(principal, permission)) return principal;
  throw new HealthosError('request/forbidden', `The role ${principal.role} does not allow this.`);
}

/** Lets only those through who have the permission; `context.state.principal` is theirs. */
export function requirePermission(permission: Permission): Middleware {
  return (context, next) => {
    demand(context.state.principal, permission);
    return next();
  };
}

export interface AuthOptions {
  /** Undefined: no tokens are in use, and a caller on loopback is admin. */
  readonly tokens: readonly TokenDefinition[] | undefined;
  /** Without tokens: a caller from anywhere is admin (`app.insecure_bind`). */
  readonly insecure: boolean;
}

/** Tells who sent a request; undefined for nobody that is known. */
export type Authenticate = (request: IncomingMessage) => Principal | undefined;

export function createAuthenticate(options: AuthOptions): Authenticate {
  const { tokens, insecure } = options;
  if (tokens !== undefined) return byToken(tokens);
  return (request) => (insecure || isLocal(request) ? loopback : undefined);
}

const loopback: Principal = { name: 'loopback', role: 'admin', token: false };
const bearer = /^Bearer +([\w.~+/=-]+) *$/i;

/** All tokens are compared, each in constant time, so that the time tells nothing of which one was near. */
function byToken(tokens: readonly TokenDefinition[]): Authenticate {
  const known = tokens.map(({ name, role, sha256 }) => ({
    principal: { name, role, token: true },
    digest: Buffer.from(sha256, 'hex'),
  }));
  return (request) => {
    const shown = bearer.exec(request.headers.authorization ?? '')?.[1];
    if (shown === undefined) return undefined;
    const digest = createHash('sha256').update(shown).digest();
    return known.filter((each) => sameDigest(each.digest, digest))[0]?.principal;
  };
}

function sameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** From this machine, and not handed on by a proxy that runs on it. */
function isLocal(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  if (headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) return false;
  return isLoopback(socket.remoteAddress ?? '');
}

export function isLoopback(address: string): boolean {
  return address === '127.0.0.1' || address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}
