/** Ports of a connector's own: opened with TLS or without, and every failure in words that name the setting to mend. */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { HealthosError } from '../errors.ts';
import { codesOf } from './faults.ts';

/** The PEM files of a connector that serves TLS. */
export interface ListenTls {
  readonly cert: string;
  readonly key: string;
  readonly client_ca?: string;
}

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
}

/** Reads and checks the files. Rejects with `listen/certificate`. */
export async function readListenTls({ cert, key, client_ca: ca }: ListenTls): Promise<TlsOptions> {
  const identity = { cert: await readPem('tls.cert', cert), key: await readPem('tls.key', key) };
  check(identity, 'tls.cert and tls.key hold no certificate and key that go together');
  if (ca === undefined) return identity;
  const authorities = { ca: await readPem('tls.client_ca', ca) };
  check(authorities, 'tls.client_ca holds no certificate');
  return { ...identity, ...authorities, requestCert: true, rejectUnauthorized: true };
}

async function readPem(setting: string, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const [code = 'unreadable'] = codesOf(cause);
    throw certificateFault(`The file that ${setting} names cannot be read (${code})`, cause);
  });
  if (text.includes('-----BEGIN ')) return text;
  throw certificateFault(`The file that ${setting} names is no PEM file`);
}

function check(options: Parameters<typeof createSecureContext>[0], fault: string): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    const [code = 'unusable'] = codesOf(cause);
    throw certificateFault(`The files of ${fault} (${code})`, cause);
  }
}

function certificateFault(what: string, cause?: unknown): HealthosError {
  return new HealthosError('listen/certificate', `${what}. Mend it, then start the connector.`, { cause });
}

/** Resolves when it listens. Rejects with `listen/…`, or with the reason of the signal. */
export async function listen(server: Server, place: ListenPlace, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  server.once('error', (cause) => reject(listenFault(cause, place)));
  server.listen(place, () => resolve(undefined));
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function listenFault(cause: unknown, { host, port }: ListenPlace): HealthosError {
  const [code = ''] = codesOf(cause);
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (code === 'EADDRINUSE') {
    const what = `Another program, or another connector, listens on ${at}: end it, or set another port.`;
    return new HealthosError('listen/address-taken', what, { cause });
  }
  if (code === 'EACCES') {
    const what = `This user may not open the port of ${at}: set a port above 1023.`;
    return new HealthosError('listen/forbidden', what, { cause });
  }
  const why = /^(?:ENOTFOUND|EAI_)/.test(code)
    ? 'the name is not known'
    : `this machine has no such address (${code})`;
  const what = `The connector cannot listen on ${at}: ${why}. Set host to an address of this machine.`;
  return new HealthosError('listen/address-unusable', what, { cause, retryAfter: Infinity });
}
