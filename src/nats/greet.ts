/** The first words of a NATS server, heard by a socket that is closed again: is it there, and is it one? */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

export interface Server {
  /** `host:port`. */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** True of a `tls://` URL. */
  readonly tls: boolean;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

export interface Greeting {
  readonly tlsRequired: boolean;
  /** True: the server wants to see a certificate of ours. */
  readonly certificateRequired: boolean;
}

const DEFAULT_PORT = 4222;
/** An INFO is a few hundred bytes; with the addresses of a large cluster some thousands. */
const LARGEST = 64 * 1024;

/** Reads `nats://user:password@host:4222`, `tls://token@host`, `host:4222`. Throws a TypeError where it is none. */
export function parseServer(server: string): Server {
  const url = new URL(server.includes('://') ? server : `nats://${server}`);
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const name = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    address: `${url.hostname}:${port}`,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: url.protocol === 'tls:',
    ...(password !== '' && { user: name, password }),
    ...(password === '' && name !== '' && { token: name }),
  };
}

/** Rejects as the socket does, with NATS_NO_GREETING where something else answers, or with the signal's reason. */
export async function greet({ host, port }: Server, signal: AbortSignal): Promise<Greeting> {
  const socket = createConnection({ host, port });
  const abort = () => socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    return readInfo(await firstLine(socket));
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function firstLine(socket: Socket): Promise<string> {
  let text = '';
  // Latin-1 keeps bytes as they are: what is looked for is ASCII.
  for await (const chunk of socket.setEncoding('latin1') as AsyncIterable<string>) {
    text += chunk;
    if (!'INFO '.startsWith(text.slice(0, 5))) break;
    if (text.includes('\r\n') || text.length > LARGEST) break;
  }
  return text;
}

function readInfo(line: string): Greeting {
  const json = /^INFO\s+(\{[^\r]*\})\s*\r\n/.exec(line)?.[1];
  if (json === undefined)
    throw Object.assign(new Error('no greeting'), { code: line === '' ? 'NATS_SILENT' : 'NATS_NO_GREETING' });
  const info = JSON.parse(json) as { readonly tls_required?: unknown; readonly tls_verify?: unknown };
  return { tlsRequired: info.tls_required === true, certificateRequired: info.tls_verify === true };
}
