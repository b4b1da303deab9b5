/** The socket's side of a DicomServer: a TCP or TLS server that opens with clear errors and closes at once. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { HealthosError } from '../../errors.ts';
import type { DicomServerConfig, TlsSettings } from './config.ts';

export interface ListenerOptions {
  readonly address: Pick<DicomServerConfig, 'host' | 'port' | 'tls'>;
  /** More than these are dropped before a byte of them is read. */
  readonly maxConnections: number;
  /** How long a TLS handshake may take; milliseconds. */
  readonly handshakeMs: number;
  /** Called with each connection, over TLS once it is secure. */
  readonly accept: (socket: Socket) => void;
  /** A connection that came to nothing before it was one. */
  readonly broken: (error: Error) => void;
}

export interface Listener {
  /** Accepts no more, and breaks off what is open. */
  close(): Promise<void>;
}

/** Resolves when connections are accepted. Rejects with `connector/address-taken` or `config/invalid`. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { address, maxConnections } = options;
  const sockets = new Set<Socket>();
  const server = await serverOf(options);
  server.maxConnections = maxConnections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await opened(server, address);
  return { close: () => closed(server, sockets) };
}

/** Answers are small and waited for: Nagle's algorithm would hold them back. */
const settings = { noDelay: true, keepAlive: true } as const;

async function serverOf({ address, accept, broken, handshakeMs }: ListenerOptions): Promise<Server> {
  if (address.tls === undefined) return createServer(settings, accept);
  const secrets = await readSecrets(address.tls);
  try {
    const server = tls.createServer({ ...settings, ...secrets, handshakeTimeout: handshakeMs }, accept);
    return server.on('tlsClientError', broken);
  } catch (cause) {
    throw new HealthosError('config/invalid', 'The certificate and key of tls do not go together.', {
      cause,
    });
  }
}

/** Read at each connect, so that a certificate that was renewed takes effect. */
async function readSecrets({ cert, key, client_ca }: TlsSettings): Promise<tls.TlsOptions> {
  const own = { cert: await readPem('cert', cert), key: await readPem('key', key) };
  if (client_ca === undefined) return own;
  return { ...own, ca: await readPem('client_ca', client_ca), requestCert: true, rejectUnauthorized: true };
}

async function readPem(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new HealthosError('config/invalid', `The file that tls.${name} names cannot be read.`, { cause });
  }
}

function opened(server: Server, { host, port }: ListenerOptions['address']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)));
    server.listen({ host, port }, resolve);
  });
}

function cannotListen(cause: Error & { code?: string }, host: string, port: number): HealthosError {
  if (cause.code === 'EADDRINUSE') {
    const message = `Something else listens on port ${port} of ${host} already: end it, or choose another port.`;
    return new HealthosError('connector/address-taken', message, { cause });
  }
  const why =
    cause.code === 'EACCES' ? 'this user may not open that port' : 'this machine has no such address';
  return new HealthosError('config/invalid', `Cannot listen on port ${port} of ${host}: ${why}.`, { cause });
}

function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
