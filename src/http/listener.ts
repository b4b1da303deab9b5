/** The socket's side of the HTTP server: Node's server with its limits, opened with clear errors and closed with patience. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { RequestListener, ServerOptions } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { HealthosError } from '../errors.ts';
import type { TlsDefinition } from '../config/definition.ts';
import { answerClientError, answerConnect } from './client-errors.ts';
import type { HttpLimits } from './server.ts';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsDefinition | undefined;
  readonly limits: HttpLimits;
}

export interface Listener {
  listen(): Promise<{ readonly url: string }>;
  close(): Promise<void>;
}

/** How often connections that have become idle are looked for while closing. */
const IDLE_CHECK_MS = 25;

/** `handler` is asked for once, when the server begins to listen. */
export function createListener(options: ListenerOptions, handler: () => RequestListener): Listener {
  let server: http.Server | undefined;
  let unheard: Unheard | undefined;
  let closing: Promise<void> | undefined;
  return {
    listen: async () => {
      server = createServer(options, handler());
      unheard = new Unheard(server);
      await opened(server, options);
      return { url: urlOf(server, options) };
    },
    close: () => {
      if (server === undefined || unheard === undefined) return Promise.resolve();
      closing ??= closed(server, unheard, options.limits.drainMs);
      return closing;
    },
  };
}

function createServer({ tls, limits }: ListenerOptions, handler: RequestListener): http.Server {
  const settings: ServerOptions = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
    // A missing Host header is answered as every other mistake, by us.
    requireHostHeader: false,
  };
  const server = tls === undefined ? http.createServer(settings) : createTlsServer(settings, tls);
  // The size of the headers bounds their number; Node would drop what is beyond its count without a word.
  server.maxHeadersCount = 0;
  server.on('request', handler);
  // Whoever reads the body says "100 Continue", so that a refusal comes before the body. Other expectations are ignored.
  server.on('checkContinue', handler);
  server.on('checkExpectation', handler);
  server.on('clientError', answerClientError);
  server.on('connect', answerConnect);
  return server;
}

function createTlsServer(settings: ServerOptions, tls: TlsDefinition): https.Server {
  const withTls = { ...settings, ...tlsSettings(tls) };
  try {
    return https.createServer(withTls);
  } catch (cause) {
    throw new HealthosError('config/invalid', 'The certificate and key of app.tls do not go together.', {
      cause,
    });
  }
}

function tlsSettings(tls: TlsDefinition): https.ServerOptions {
  return {
    cert: pem('cert', tls.cert),
    key: pem('key', tls.key),
    ...(tls.client_ca === undefined
      ? {}
      : { ca: pem('client_ca', tls.client_ca), requestCert: true, rejectUnauthorized: true }),
  };
}

function pem(name: string, value: string): string {
  if (value.includes('-----BEGIN ')) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch (cause) {
    throw new HealthosError('config/invalid', `The file of app.tls.${name} cannot be read: ${value}`, {
      cause,
    });
  }
}

function opened(server: http.Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen({ host, port }, resolve);
  });
}

function cannotListen(cause: Error & { code?: string }, host: string, port: number): HealthosError {
  if (cause.code === 'EADDRINUSE') {
    return new HealthosError(
      'http/address-taken',
      `Another program listens on ${hostInUrl(host)}:${port}. End it, or choose another port with --port or app.port.`,
      { cause },
    );
  }
  const why =
    cause.code === 'EACCES'
      ? 'this user may not open that port; choose one above 1023 with --port or app.port.'
      : 'this machine has no such address; set app.host to one that it has, or to 127.0.0.1.';
  return new HealthosError('http/address-unusable', `Cannot listen on ${hostInUrl(host)}:${port}: ${why}`, {
    cause,
  });
}

function urlOf(server: http.Server, { host, tls }: ListenerOptions): string {
  // A server that listens on a host and port has an address with a port.
  const { port } = server.address() as AddressInfo;
  const reachable = host === '0.0.0.0' || host === '::' || host === '' ? '127.0.0.1' : host;
  return `${tls === undefined ? 'http' : 'https'}://${hostInUrl(reachable)}:${port}`;
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Node closes the connections that are idle at once; those that become idle later are looked for until none is left. One on
 * which a request has only begun to arrive is none for Node: it is closed too, since nobody handles anything of it.
 */
function closed(server: http.Server, unheard: Unheard, drainMs: number): Promise<void> {
  const idle = setInterval(() => {
    server.closeIdleConnections();
    unheard.close();
  }, IDLE_CHECK_MS);
  const limit = setTimeout(() => server.closeAllConnections(), drainMs);
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(idle);
      clearTimeout(limit);
      resolve();
    });
  });
}

/** The connections whose next request has not arrived so far that anybody was asked to handle it. */
class Unheard {
  readonly #sockets = new Set<Socket>();

  constructor(server: http.Server) {
    server.on(server instanceof https.Server ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, ({ socket }: http.IncomingMessage, response: http.ServerResponse) => {
        this.#sockets.delete(socket);
        response.once('close', () => {
          if (!socket.destroyed) this.#sockets.add(socket);
        });
      });
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
