/** The admin API, as the commands ask it. Every failure becomes a sentence. */
import type { GatewayOptions } from './command.ts';
import { CliError } from './errors.ts';
import { printable } from './output.ts';

/** A problem document (RFC 9457) that the gateway answered, as far as the commands use it. */
export interface Problem {
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
}

/** The gateway refused: exit status 1, and its own words. */
export class RefusedError extends CliError {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(1, sentence(problem));
    this.name = 'RefusedError';
    this.problem = problem;
  }
}

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class GatewayClient {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(options: GatewayOptions) {
    this.#url = options.url;
    this.#token = options.token;
  }

  /**
   * The JSON document at a path. Its type is the caller's word for what the contract says of that path: the gateway
   * answers what its own schemas, published as OpenAPI, describe.
   */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await this.fetch(path, signal === undefined ? {} : { signal });
    return this.#json<T>(response);
  }

  async post<T>(path: string, body?: Uint8Array<ArrayBuffer>): Promise<T> {
    const response = await this.fetch(path, { method: 'POST', ...(body === undefined ? {} : { body }) });
    return this.#json<T>(response);
  }

  /** A successful response; rejects with a RefusedError for any other. */
  async fetch(path: string, request: Request = {}): Promise<Response> {
    const response = await send(`${this.#url}${path}`, this.#token, request);
    if (response.ok) return response;
    throw new RefusedError(await problemOf(response));
  }

  async #json<T>(response: Response): Promise<T> {
    try {
      return (await response.json()) as T;
    } catch (cause) {
      throw new CliError(1, `What answers at ${shown(this.#url)} is not a HealthOS gateway.`, { cause });
    }
  }
}

/** Any response at all; rejects with a CliError where there was none. */
export async function send(url: string, token: string | undefined, request: Request): Promise<Response> {
  const headers = {
    ...request.headers,
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  try {
    return await fetch(url, { ...request, headers, redirect: 'manual' });
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new CliError(1, unreachable(url, cause), { cause });
  }
}

/** The problem document of a response, or what its status says. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  try {
    const document: unknown = await response.json();
    if (typeof document === 'object' && document !== null) return { ...document, status };
  } catch {
    // An answer that is no JSON has nothing for us beyond its status.
  }
  return { status, title: response.statusText };
}

function sentence({ status, title, detail }: Problem): string {
  const words = printable(detail ?? title ?? '') || `The gateway answered ${status}.`;
  const advice = status === 401 ? ' Give one with --token or HEALTHOS_TOKEN.' : '';
  return words + advice;
}

const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there',
  ENOTFOUND: 'There is no such host',
  EAI_AGAIN: 'The host cannot be looked up',
  ECONNRESET: 'The connection was broken off',
  UND_ERR_SOCKET: 'The connection was broken off',
  ETIMEDOUT: 'There is no answer',
  UND_ERR_CONNECT_TIMEOUT: 'There is no answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'Its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
};

function unreachable(url: string, thrown: unknown): string {
  const code = codeOf(thrown);
  const why = refusals[code] ?? (code === '' ? 'The connection failed' : `The connection failed (${code})`);
  return `The gateway at ${shown(url)} cannot be reached: ${why}. Is it running (healthos start), and is --url right?`;
}

/** fetch wraps the system's error; an address with several families has several in one. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  return codeOf(thrown.cause);
}

function shown(url: string): string {
  return new URL(url).origin;
}
