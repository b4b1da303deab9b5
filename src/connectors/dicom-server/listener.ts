/** The socket's side of a DicomServer: a TCP or TLS server that opens with clear errors and closes at once. */
import { createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { listen, readListenTls } from '../listening.ts';
import type { DicomServerConfig } from './config.ts';

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

/** Resolves when connections are accepted. Rejects with `listen/…`, or with the reason of the signal. */
export async function openListener(options: ListenerOptions, signal: AbortSignal): Promise<Listener> {
  const { address, maxConnections } = options;
  const sockets = new Set<Socket>();
  const server = await serverOf(options);
  server.maxConnections = maxConnections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, { host: address.host, port: address.port }, signal);
  return { close: () => closed(server, sockets) };
}

/** Answers are small and waited for: Nagle's algorithm would hold them back. */
const settings = { noDelay: true, keepAlive: true } as const;

async function serverOf({ address, accept, broken, handshakeMs }: ListenerOptions): Promise<Server> {
  if (address.tls === undefined) return createServer(settings, accept);
  // Read at each connect, so that a certificate that was renewed takes effect.
  const secrets = await readListenTls(address.tls);
  const server = tls.createServer({ ...settings, ...secrets, handshakeTimeout: handshakeMs }, accept);
  return server.on('tlsClientError', broken);
}

function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
