/** Errors as HTTP answers them: RFC 9457 problem documents. */
import { STATUS_CODES } from 'node:http';
import type { Context } from 'koa';
import { asHealthosError, errorCatalogue, HealthosError } from '../errors.ts';
import { answer } from './answer.ts';
import type { HeaderList } from './answer.ts';

export interface Problem {
  /** `urn:healthos:error:<code>`: names the kind of problem, and is nothing to fetch (RFC 9457, section 3.1.1). */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** Members that belong to the kind of problem: `data_id`, `issues`, `state`, `accepts`. */
  readonly [member: string]: unknown;
}

/** What an answer may say beyond the error itself. */
export interface ProblemExtras {
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: HeaderList;
}

export const problemType = 'application/problem+json';

/** The members come first: none of them can take the place of a problem's own. */
export function problemOf(error: HealthosError, members: Readonly<Record<string, unknown>> = {}): Problem {
  return {
    ...members,
    type: `urn:healthos:error:${error.code}`,
    title: errorCatalogue[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
  };
}

/**
 * Answers with the problem that was thrown; what is none of ours is answered as `internal/bug` and without its text.
 * The answer is sent at once, whatever Koa's own body and status were.
 */
export function answerProblem(context: Context, thrown: unknown, extras: ProblemExtras = {}): void {
  const error = asProblem(thrown);
  const headers = [...(extras.headers ?? []), ...refusalHeaders(error)];
  answer(context, error.status, problemType, JSON.stringify(problemOf(error, extras.members)), headers);
}

/** Errors that Koa and its router throw for a client's mistake are `request/malformed`; the rest as elsewhere. */
export function asProblem(thrown: unknown): HealthosError {
  if (!isClientMistake(thrown)) return asHealthosError(thrown);
  return new HealthosError('request/malformed', 'The address or a header of the request cannot be read.');
}

function isClientMistake(thrown: unknown): boolean {
  if (thrown instanceof HealthosError || !(thrown instanceof Error)) return false;
  if (thrown instanceof URIError) return true;
  return 'status' in thrown && typeof thrown.status === 'number' && thrown.status < 500;
}

/** What the status of a refusal asks for beside the body. */
export function refusalHeaders(error: HealthosError): HeaderList {
  const retryAfter =
    error.retryAfter === undefined ? [] : ['Retry-After', String(Math.ceil(error.retryAfter))];
  return error.status === 401 ? [...retryAfter, 'WWW-Authenticate', 'Bearer realm="healthos"'] : retryAfter;
}

/** The reason phrase of a status. */
export function reasonPhrase(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
