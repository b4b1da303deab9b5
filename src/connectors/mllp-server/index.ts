/** MllpServer, inbound: HL7 v2 over MLLP, each message acknowledged when it is stored. */
import { setTimeout as wait } from 'node:timers/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { isLoopback } from '../../config/checks.ts';
import { createTokenBucket } from '../../http/token-bucket.ts';
import type { Deliver } from '../../messages/envelope.ts';
import type { Journey } from '../../store/journal.ts';
import { aborted } from '../aborted.ts';
import { defineConnector } from '../connector.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { listen, readListenTls } from '../listening.ts';
import { schema } from './config.ts';
import type { MllpServerConfig } from './config.ts';
import { Connection } from './connection.ts';
import type { Shared } from './connection.ts';
import { ControlIds } from './control-ids.ts';

export const mllpServer = defineConnector<MllpServerConfig>({
  kind: 'MllpServer',
  direction: 'inbound',
  description:
    'Receives HL7 v2 over MLLP, plain or with TLS, and acknowledges each message when it is stored.',
  schema,
  create: (config, context) => new MllpServer(config, context),
});

/** How long a verdict is waited for; milliseconds. */
const VERDICT_MS = 30_000;
/** The same when the connector stops. */
const LAST_VERDICT_MS = 2_000;
const HANDSHAKE_MS = 10_000;
/** How often the deadlines are looked at, at most; milliseconds. */
const CHECK_MS = 500;

class MllpServer implements Connector {
  readonly #config: MllpServerConfig;
  readonly #context: ConnectorContext;
  readonly #controlIds = new ControlIds();
  readonly #connections = new Set<Connection>();
  /** Of the connections, and of those that still shake hands. */
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** Aborted when what is open now is closed. */
  #closing = new AbortController();
  /** What the connections of the present run share; undefined while there is none, and each one is closed at once. */
  #shared: Shared | undefined;
  #left: (() => void) | undefined;

  constructor(config: MllpServerConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    this.#closing = new AbortController();
    const { host, port, tls, max_connections: most } = this.#config;
    const options = { allowHalfOpen: true, noDelay: true };
    const enter = (socket: Socket) => this.#enter(socket);
    const server =
      tls === undefined
        ? createServer(options, enter)
        : createTlsServer(
            { ...options, handshakeTimeout: HANDSHAKE_MS, ...(await readListenTls(tls)) },
            enter,
          );
    this.#server = server;
    server.maxConnections = most;
    this.#reportRefused(server);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await listen(server, { host, port }, signal);
    // A listener that fails later is a bug of ours or the end of the machine: the next connect tells.
    server.on('error', () => undefined);
    this.#context.log.info({ address: server.address() }, 'mllp.listening');
    if (!isLoopback(host) && tls?.client_ca === undefined) {
      this.#context.log.warn(
        { host, hint: 'Anybody who reaches it may send: see tls.client_ca.' },
        'mllp.open',
      );
    }
  }

  /** After the signal what was taken in is stored and answered; whoever connects from then on is sent away. */
  async run(deliver: Deliver, signal: AbortSignal): Promise<void> {
    if (this.#server === undefined || signal.aborted) return;
    const stopping = new AbortController();
    this.#shared = this.#share(deliver, stopping.signal);
    const period = Math.min(
      CHECK_MS,
      (this.#config.frame_timeout * 1000) / 2,
      (this.#config.idle_timeout * 1000) / 2,
    );
    const checking = setInterval(() => this.#check(), period);
    try {
      await aborted(AbortSignal.any([signal, this.#closing.signal]));
      this.#shared = undefined;
      const verdicts = setTimeout(() => stopping.abort(), LAST_VERDICT_MS);
      for (const connection of this.#connections) connection.finish();
      await this.#empty();
      clearTimeout(verdicts);
    } finally {
      clearInterval(checking);
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#closing.abort();
    for (const socket of this.#sockets) socket.destroy();
    if (server?.listening) await new Promise((resolve) => server.close(resolve));
  }

  #share(deliver: Deliver, stopping: AbortSignal): Shared {
    const { ack, when_refusing } = this.#config;
    const { log, rateLimit } = this.#context;
    return {
      ack,
      when_refusing,
      config: this.#config,
      context: this.#context,
      log,
      deliver,
      controlIds: this.#controlIds,
      admit: rateLimit && admission(rateLimit),
      verdict: (dataId) => this.#verdict(dataId, stopping),
      closed: (connection) => this.#leave(connection),
    };
  }

  #enter(socket: Socket): void {
    const shared = this.#shared;
    if (shared === undefined) socket.destroy();
    else this.#connections.add(new Connection(socket, shared));
  }

  #leave(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#left?.();
  }

  /** Resolves when there is no connection. */
  async #empty(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#left = resolve));
  }

  #check(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.check(now);
  }

  /** Undefined where there is none in time, the journal cannot tell, or the connector stops. */
  async #verdict(dataId: string, stopping: AbortSignal): Promise<Journey | undefined> {
    if (stopping.aborted) return undefined;
    const stopped = Promise.withResolvers<undefined>();
    const stop = () => stopped.resolve(undefined);
    stopping.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([this.#context.verdict(dataId, VERDICT_MS), stopped.promise]);
    } catch {
      return undefined;
    } finally {
      stopping.removeEventListener('abort', stop);
    }
  }

  /** One line of the log each time that the limit is reached, and one for each TLS connection that does not come about. */
  #reportRefused(server: Server): void {
    const { log } = this.#context;
    let full = false;
    server.on('connection', () => (full = false));
    server.on('drop', () => {
      if (!full) log.warn({ max_connections: this.#config.max_connections }, 'mllp.too-many-connections');
      full = true;
    });
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      const code = 'code' in error ? error.code : undefined;
      log.warn({ peer: socket.remoteAddress, code }, 'mllp.tls-refused');
    });
  }
}

/** Resolves in turn as the limit allows; who waits is not read from. */
function admission(limit: NonNullable<ConnectorContext['rateLimit']>): () => Promise<void> {
  const bucket = createTokenBucket(limit.per_second, limit.burst);
  return async () => {
    for (let seconds = bucket.take(); seconds > 0; seconds = bucket.take()) await wait(seconds * 1000);
  };
}
