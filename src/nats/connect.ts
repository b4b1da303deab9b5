/**
 * One connection to a NATS server, made or refused within a limit and with a reason.
 *
 * Files (authorities, certificates, keys, credentials) are read at each connect, so that a mended one takes effect. The
 * server is greeted by a socket of our own first: the client cannot be aborted, keeps the sockets of tries that timed out,
 * and looks names up past the hosts file.
 */
import { isIP } from 'node:net';
import { connect, credsAuthenticator, jwtAuthenticator, nkeyAuthenticator } from 'nats';
import type { Authenticator, ConnectionOptions, NatsConnection } from 'nats';
import type { HealthosError } from '../errors.ts';
import { asNatsFault, connectorSide, describeServers, natsFault } from './faults.ts';
import type { NatsPlace, NatsSide } from './faults.ts';
import { greet, parseServer } from './greet.ts';
import type { Greeting, Server } from './greet.ts';
import { readSecrets } from './secrets.ts';
import type { NatsSecrets } from './secrets.ts';

export interface NatsTls {
  /** Paths of PEM files. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the server's certificate must bear, where that is not the host of its URL. */
  readonly hostname?: string | undefined;
}

export interface NatsTarget {
  /** `nats://host:4222`, `tls://…`, or `host:port`; a URL may hold `user:password@` or `token@`. */
  readonly servers: readonly string[];
  /** Shown in the server's list of connections. */
  readonly name: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** The seed of an nkey, or the path of a file that holds it. */
  readonly nkeys_seed?: string | undefined;
  /** The path of a credentials file; or of two files, with the JWT and with the seed. */
  readonly creds?: string | readonly string[] | undefined;
  readonly tls?: NatsTls | undefined;
  /** True: the servers are tried in their order. */
  readonly inOrder?: boolean | undefined;
  /** True: the client mends a broken connection by itself, without end. Default: false. */
  readonly reconnect?: boolean | undefined;
  /** A connection is given up after so many pings that were not answered; default: 2, at 1,500 ms. */
  readonly pings?: { readonly intervalMs: number; readonly unanswered: number } | undefined;
  /** More of the client's own options: `noEcho`, `inboxPrefix`, … */
  readonly client?: Pick<ConnectionOptions, 'noEcho' | 'inboxPrefix' | 'pedantic' | 'verbose'> | undefined;
}

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whose codes and settings a fault names; default: a connector's. */
  readonly side?: NatsSide | undefined;
  /** Milliseconds after which it is given up, all servers together; default: 4,000. */
  readonly limitMs?: number | undefined;
}

const LIMIT_MS = 4_000;
const PINGS = { intervalMs: 1_500, unanswered: 2 };

/**
 * Resolves with an open connection. Rejects with a HealthosError (see `faults.ts`) within the limit, or at once when the
 * signal aborts; nothing is left open then. Of several servers that all fail, a fault that somebody has to mend is told
 * first.
 */
export async function connectNats(target: NatsTarget, options: ConnectOptions = {}): Promise<NatsConnection> {
  const { side = connectorSide, limitMs = LIMIT_MS } = options;
  const deadline = performance.now() + limitMs;
  const servers = inTurn(target).map(parseServer);
  const secrets = await readSecrets(target, side);
  const faults: HealthosError[] = [];
  for (const [index, server] of servers.entries()) {
    const shareMs = (deadline - performance.now()) / (servers.length - index);
    const limit = AbortSignal.timeout(Math.max(1, Math.floor(shareMs)));
    try {
      return await connectOne(server, { target, secrets, side, limit, signal: options.signal });
    } catch (thrown) {
      options.signal?.throwIfAborted();
      faults.push(asNatsFault(thrown, placeOf(server, secrets, side, target)));
    }
  }
  throw faults.find(({ kind }) => kind === 'fix') ?? faults.at(-1) ?? noServers(side);
}

/** What `asNatsFault` needs to know of a connection that is open. */
export function natsPlace(target: NatsTarget, connection: NatsConnection, side = connectorSide): NatsPlace {
  return { side, server: connection.getServer(), identity: identityOf(target) };
}

interface Try {
  readonly target: NatsTarget;
  readonly secrets: NatsSecrets;
  readonly side: NatsSide;
  readonly limit: AbortSignal;
  readonly signal: AbortSignal | undefined;
}

async function connectOne(server: Server, attempt: Try): Promise<NatsConnection> {
  const ending = attempt.signal ? AbortSignal.any([attempt.signal, attempt.limit]) : attempt.limit;
  const greeting = await greet(server, ending);
  // The server would say so too, but where it hangs up fast its word is lost with the connection.
  if (greeting.certificateRequired && attempt.secrets.tls.cert === undefined)
    throw certificateWanted(server, attempt.side);
  const connecting = connect(clientOptions(server, greeting, attempt));
  const late = () => void connecting.then((connection) => connection.close()).catch(() => undefined);
  return unlessAborted(ending, connecting, late);
}

/** Settles as the promise does, or rejects when the signal aborts; `late` then cleans up what may still come. */
async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>, late: () => void): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const abort = () => {
    late();
    ended.reject(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return Promise.race([promise, ended.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/** TLS is taken where it is asked for or required, never merely because it is offered. */
function clientOptions(server: Server, greeting: Greeting, { target, secrets }: Try): ConnectionOptions {
  const { intervalMs, unanswered } = target.pings ?? PINGS;
  const reconnect = target.reconnect ?? false;
  const wanted = target.tls !== undefined || server.tls || greeting.tlsRequired;
  const name = target.tls?.hostname ?? server.host;
  return {
    ...target.client,
    servers: [server.address, ...(reconnect ? othersOf(target, server) : [])],
    name: target.name,
    noRandomize: true,
    ignoreClusterUpdates: !reconnect,
    reconnect,
    maxReconnectAttempts: reconnect ? -1 : 0,
    // A client that never reconnects is given the very host, by which Node.js looks it up: its own way skips /etc/hosts.
    resolve: reconnect,
    timeout: LIMIT_MS,
    pingInterval: intervalMs,
    maxPingOut: unanswered,
    tls: wanted ? { ...secrets.tls, ...tlsName(name) } : null,
    ...authentication(server, target, secrets),
  };
}

/** An address is no name for SNI (RFC 6066, section 3), but the certificate is checked against it all the same. */
function tlsName(name: string): { servername: string } | { host: string } {
  return isIP(name) === 0 ? { servername: name } : { host: name };
}

function othersOf(target: NatsTarget, server: Server): readonly string[] {
  return target.servers
    .map((url) => parseServer(url).address)
    .filter((address) => address !== server.address);
}

function authentication(server: Server, target: NatsTarget, secrets: NatsSecrets): ConnectionOptions {
  const user = target.user ?? server.user;
  const pass = target.password ?? server.password;
  const token = target.token ?? server.token;
  const authenticator = signer(secrets);
  return {
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(authenticator === undefined ? {} : { authenticator }),
  };
}

function signer({ creds, jwt, seed }: NatsSecrets): Authenticator | undefined {
  if (creds !== undefined) return credsAuthenticator(creds);
  if (jwt !== undefined && seed !== undefined) return jwtAuthenticator(jwt, seed);
  return seed === undefined ? undefined : nkeyAuthenticator(seed);
}

function placeOf(server: Server, { expired }: NatsSecrets, side: NatsSide, target: NatsTarget): NatsPlace {
  return { side, server: describeServers([server.address]), identity: identityOf(target, server), expired };
}

/** The settings that say who we are. */
function identityOf(target: NatsTarget, server?: Server): readonly string[] {
  if (target.creds !== undefined) return ['creds'];
  if (target.nkeys_seed !== undefined) return ['nkeys_seed'];
  if (target.token !== undefined) return ['token'];
  if (target.user !== undefined) return ['user', 'password'];
  return server?.user === undefined && server?.token === undefined ? [] : ['servers'];
}

function inTurn({ servers, inOrder = false }: NatsTarget): readonly string[] {
  if (inOrder) return servers;
  const start = Math.floor(Math.random() * servers.length);
  return [...servers.slice(start), ...servers.slice(0, start)];
}

function certificateWanted({ address }: Server, side: NatsSide): HealthosError {
  const [cert, key] = [side.setting('tls.cert'), side.setting('tls.key')];
  return natsFault('certificate', `${address} asks for a certificate of ours: set ${cert} and ${key}.`, side);
}

function noServers(side: NatsSide): HealthosError {
  return natsFault('unreachable', `There is no server in ${side.setting('servers')}.`, side);
}
