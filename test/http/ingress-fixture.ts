/** A real server with one RestEndpoint, behind it a `deliver` that keeps what it gets, and an object store in memory. */
import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import net from 'node:net';
import bunyan from 'bunyan';
import type { ExecutionContext } from 'ava';
import { restEndpoint } from '../../src/connectors/rest-endpoint/index.ts';
import type { RestEndpointConfig } from '../../src/connectors/rest-endpoint/config.ts';
import type { ConnectorContext } from '../../src/connectors/connector.ts';
import type { ObjectStore } from '../../src/bus/message-bus.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { HttpServer, HttpServerOptions } from '../../src/http/server.ts';
import { detect } from '../../src/messages/detect.ts';
import { isClaimCheck } from '../../src/messages/envelope.ts';
import type { Arrival, Deliver } from '../../src/messages/envelope.ts';

export const adt = 'MSH|^~\\&|LAB|NORTH|HUB|SOUTH|20260102030405||ADT^A01|42|P|2.5\rPID|1||7||Doe^Jo\r';

export interface Fixture {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly arrivals: Arrival[];
  readonly refused: ErrorCode[];
  /** What lies in the object store, by reference. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Ends the connector's run, and resolves when it has. */
  stop(): Promise<void>;
}

export interface FixtureOptions {
  readonly config?: Partial<RestEndpointConfig>;
  readonly server?: Partial<HttpServerOptions>;
  readonly context?: Partial<ConnectorContext>;
  readonly deliver?: Deliver;
  readonly objects?: ObjectStore;
}

export const quiet = bunyan.createLogger({ name: 'test', streams: [] });

export async function startIngress(t: ExecutionContext, options: FixtureOptions = {}): Promise<Fixture> {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, ...options.server });
  const memory = memoryStore();
  const arrivals: Arrival[] = [];
  const refused: ErrorCode[] = [];
  const connector = restEndpoint.create(
    { url: '/ingress', http_method: 'post', max_bytes: 64 * 1024 * 1024, ...options.config },
    {
      id: 'rest',
      name: 'REST',
      log: quiet,
      accepting: () => true,
      onAccepting: () => () => undefined,
      ingress: server.ingress,
      objects: options.objects ?? memory.store,
      hurry: () => undefined,
      countRefused: (code) => void refused.push(code ?? 'internal/bug'),
      verdict: () => Promise.resolve(undefined),
      controlNumber: () => Promise.resolve(1),
      judge: () => Promise.reject(new Error('nothing is judged here')),
      fhirRelease: 'r4',
      ...options.context,
    },
  );
  const stopping = new AbortController();
  await connector.connect(stopping.signal);
  const running = connector.run(keeping(arrivals, options.deliver ?? accept), stopping.signal);
  const { url } = await server.listen();
  const stop = async () => {
    stopping.abort();
    await running;
  };
  t.teardown(async () => {
    await Promise.all([stop(), server.close()]);
    await connector.close();
  });
  return { url, port: Number(new URL(url).port), server, arrivals, refused, objects: memory.objects, stop };
}

function keeping(arrivals: Arrival[], deliver: Deliver): Deliver {
  return (arrival) => {
    arrivals.push(arrival);
    return deliver(arrival);
  };
}

let count = 0;

/** Stores nothing, and says that it did. */
export const accept: Deliver = ({ body, contentType }) => {
  count += 1;
  const dataId = `01990000-0000-7000-8000-${String(count).padStart(12, '0')}`;
  const detected = detect(isClaimCheck(body) ? body.head : body, contentType);
  return Promise.resolve({ ...detected, dataId, duplicate: false });
};

export function memoryStore(): { store: ObjectStore; objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const store: ObjectStore = {
    async put(source) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const ref = `object-${objects.size}`;
      objects.set(ref, body);
      return { ref, size: body.length, sha256: createHash('sha256').update(body).digest('hex') };
    },
    get: (ref) => Promise.resolve(Readable.from([objects.get(ref) ?? Buffer.alloc(0)])),
  };
  return { store, objects };
}

/** The bytes of the newest message, as text. */
export function received({ arrivals }: Fixture): string {
  const body = arrivals.at(-1)?.body;
  return body instanceof Uint8Array ? Buffer.from(body).toString() : 'not in memory';
}

export function post(
  fixture: Fixture,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  return fetch(`${fixture.url}/ingress`, { method: 'POST', body, headers });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** All that came, where it was more than one answer. */
  readonly all: string;
}

/** Writes bytes to a connection and resolves with what came until the server closed it. `end`: half-closes after them. */
export function raw(port: number, parts: readonly (string | Uint8Array)[], end = false): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const part of parts) socket.write(part);
    if (end) socket.end();
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.destroy());
    // A connection that is cut after the answer is an answer all the same.
    socket.on('error', (error) => (chunks.length === 0 ? reject(error) : undefined));
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks).toString('latin1'))));
  });
}

export function parseAnswer(all: string): RawAnswer {
  const [head = '', ...rest] = all.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n'), all };
}

/** A request as it goes over the line. */
export function request(headers: Record<string, string>, body = '', target = 'POST /ingress'): string {
  const all = { Host: '127.0.0.1', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** Asserts a problem document with this code, and its status in both places. */
export async function isProblem(t: ExecutionContext, response: Response, status: number, code: string) {
  t.is(response.status, status);
  t.is(response.headers.get('content-type'), 'application/problem+json');
  t.truthy(response.headers.get('x-request-id'));
  const problem = (await response.json()) as Record<string, unknown>;
  t.is(problem['code'], code);
  t.is(problem['status'], status);
  t.is(problem['type'], `urn:healthos:error:${code}`);
  t.is(typeof problem['title'], 'string');
  t.is(typeof problem['detail'], 'string');
  return problem;
}

export function isRawProblem(t: ExecutionContext, answer: RawAnswer, status: number, code: string): void {
  t.is(answer.status, status, answer.all.slice(0, 500));
  t.is(answer.headers.get('content-type'), 'application/problem+json');
  t.truthy(answer.headers.get('x-request-id'));
  t.is((JSON.parse(answer.body) as { code: string }).code, code);
}
