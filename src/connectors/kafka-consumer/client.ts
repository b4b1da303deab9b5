/** The Kafka client of one connection: without retries of its own, without a log of its own, and never hanging. */
import { readFile } from 'node:fs/promises';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import kafkajs from 'kafkajs';
import type { ISocketFactory, Kafka, logCreator, SASLOptions } from 'kafkajs';
import type { Logger } from '../../logging.ts';
import { registerCodecs } from './codecs.ts';
import type { KafkaConsumerConfig } from './config.ts';
import { unusableFile } from './faults.ts';
import { addressOf } from './probe.ts';
import { tameRequestQueue } from './request-queue.ts';
import { salvageBatches } from './salvage.ts';

export interface Client {
  readonly kafka: Kafka;
  /** Ends every connection at once: whatever waits for an answer rejects. */
  destroy(): void;
}

/** Of one connection, with its TLS; the broker's answers have `request_timeout_ms`. */
const CONNECT_MS = 3000;
const KEEP_ALIVE_MS = 60_000;

/** Rejects with `config/invalid` where a file of the settings cannot be read. */
export async function createClient(config: KafkaConsumerConfig, id: string, log: Logger): Promise<Client> {
  registerCodecs();
  salvageBatches();
  tameRequestQueue();
  const sockets = new Set<Socket>();
  const ssl = config.security_protocol.endsWith('SSL') ? await tlsOptions(config) : undefined;
  const kafka = new kafkajs.Kafka({
    clientId: config.client_id ?? id,
    brokers: brokersOf(config),
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: config.request_timeout_ms,
    requestTimeout: config.request_timeout_ms,
    // Once for each broker of the settings: the next try is the connector's actor's.
    retry: { retries: config.bootstrap_servers.length - 1, initialRetryTime: 50, maxRetryTime: 50 },
    logLevel: log.debug() ? kafkajs.logLevel.DEBUG : kafkajs.logLevel.ERROR,
    logCreator: quietLog(log),
    socketFactory: socketFactory(sockets),
    ...(ssl === undefined ? {} : { ssl }),
    ...(config.security_protocol.startsWith('SASL') ? { sasl: saslOptions(config) } : {}),
  });
  return {
    kafka,
    destroy() {
      for (const socket of sockets) socket.destroy(new Error('closed'));
    },
  };
}

function brokersOf({ bootstrap_servers }: KafkaConsumerConfig): string[] {
  return bootstrap_servers.map((server) => {
    const { host, port } = addressOf(server);
    return `${host}:${port}`;
  });
}

async function tlsOptions(config: KafkaConsumerConfig): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([
    pem('ssl_cafile', config.ssl_cafile),
    pem('ssl_certfile', config.ssl_certfile),
    pem('ssl_keyfile', config.ssl_keyfile),
  ]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(config.ssl_password === undefined ? {} : { passphrase: config.ssl_password }),
    ...(config.ssl_check_hostname ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function pem(setting: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw unusableFile(setting, path, code);
  }
}

function saslOptions(config: KafkaConsumerConfig): SASLOptions {
  const username = config.sasl_plain_username ?? '';
  const password = config.sasl_plain_password ?? '';
  switch (config.sasl_mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

/** As the client's own, and each socket is kept, so that it can be ended. */
function socketFactory(sockets: Set<Socket>): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    // The client hands on the options that `tlsOptions` made.
    const options = ssl as ConnectionOptions | undefined;
    const socket = options
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...options }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
}

/** The client adds payloads and passwords to what it says: only this is taken. */
const told = [
  'broker',
  'groupId',
  'memberId',
  'topic',
  'partition',
  'retryCount',
  'correlationId',
  'size',
] as const;
const OUT_OF_RANGE = 'Offset out of range, resetting to default offset';

/** Into our log, at `debug`: its sentences without payloads. */
function quietLog(log: Logger): logCreator {
  return () =>
    ({ namespace, log: { message, ...extra } }) => {
      const fields = Object.fromEntries(
        told.filter((key) => key in extra).map((key) => [key, extra[key] as unknown]),
      );
      if (message === OUT_OF_RANGE) log.warn(fields, 'kafka.offset-out-of-range');
      else log.debug({ namespace, said: message, ...fields }, 'kafka.client');
    };
}
