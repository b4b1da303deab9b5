/**
 * Every error that a person or a program may meet, by its stable code.
 *
 * Three kinds: `retry` (nothing is wrong with what was sent or configured; try again), `fix` (somebody has to change
 * something first) and `bug` (ours). `docs/errors.md` is tested against this table.
 */
export type ErrorKind = 'retry' | 'fix' | 'bug';

export interface ErrorDefinition {
  readonly kind: ErrorKind;
  /** The HTTP status with which it is answered, where it meets a client. */
  readonly status: number;
  /** A title that does not change from one occurrence to the next (RFC 9457, section 3.1.3). */
  readonly title: string;
}

export const errorCatalogue = {
  'request/empty-body': { kind: 'fix', status: 400, title: 'The request has no body' },
  'request/malformed': { kind: 'fix', status: 400, title: 'The request cannot be read' },
  'request/unauthenticated': { kind: 'fix', status: 401, title: 'A token is needed' },
  'request/forbidden': { kind: 'fix', status: 403, title: 'This caller may not do that' },
  'request/foreign-host': { kind: 'fix', status: 403, title: 'The Host header does not name this server' },
  'request/foreign-origin': { kind: 'fix', status: 403, title: 'Another web page may not do that' },
  'request/not-found': { kind: 'fix', status: 404, title: 'There is nothing at this address' },
  'request/method-not-allowed': { kind: 'fix', status: 405, title: 'This method is not allowed here' },
  'request/not-acceptable': {
    kind: 'fix',
    status: 406,
    title: 'No form of answer that is asked for is offered',
  },
  'request/timeout': { kind: 'retry', status: 408, title: 'The body did not arrive in time' },
  'request/condition': { kind: 'fix', status: 412, title: 'The condition cannot be checked here' },
  'request/too-large': { kind: 'fix', status: 413, title: 'The body is larger than the limit' },
  'request/content-coding': { kind: 'fix', status: 415, title: 'The content coding is not known' },
  'request/media-type': { kind: 'fix', status: 415, title: 'The media type is not taken here' },
  'request/key-reused': { kind: 'fix', status: 422, title: 'The Idempotency-Key was used with another body' },
  'request/rate-limited': { kind: 'retry', status: 429, title: 'Too many requests' },
  'request/headers-too-large': { kind: 'fix', status: 431, title: 'The headers are larger than the limit' },
  'message/invalid': { kind: 'fix', status: 422, title: 'The message is invalid' },
  'message/not-found': { kind: 'fix', status: 404, title: 'No such message' },
  'message/body-gone': { kind: 'fix', status: 410, title: 'The body is no longer kept' },
  'connector/not-found': { kind: 'fix', status: 404, title: 'No such connector' },
  'connector/not-consuming': { kind: 'retry', status: 503, title: 'The connector is not consuming' },
  'connector/command-refused': {
    kind: 'fix',
    status: 409,
    title: 'The connector cannot do that in its state',
  },
  'connector/failed': { kind: 'fix', status: 503, title: 'The connector has failed' },
  'connector/timeout': { kind: 'retry', status: 503, title: 'The connector did not connect in time' },
  'connector/stalled': { kind: 'retry', status: 503, title: 'The connector makes no progress' },
  'connector/address-taken': { kind: 'fix', status: 503, title: 'Another connector answers at this address' },
  'remote/unreachable': { kind: 'retry', status: 503, title: 'The other end cannot be reached' },
  'remote/unknown-host': { kind: 'retry', status: 503, title: 'The host of the other end is not known' },
  'remote/unknown-topic': { kind: 'retry', status: 503, title: 'The broker does not know the topic' },
  'remote/unknown-stream': { kind: 'retry', status: 503, title: 'The server does not know the stream' },
  'remote/unknown-consumer': { kind: 'retry', status: 503, title: 'The server does not know the consumer' },
  'remote/credentials': { kind: 'fix', status: 503, title: 'The other end refuses the credentials' },
  'remote/forbidden': { kind: 'fix', status: 503, title: 'The other end does not permit that' },
  'remote/certificate': { kind: 'fix', status: 503, title: 'A certificate is not accepted' },
  'remote/protocol': { kind: 'fix', status: 503, title: 'The other end speaks another protocol' },
  'remote/undecodable': { kind: 'fix', status: 503, title: 'What the other end sent cannot be decoded' },
  'listen/address-taken': { kind: 'retry', status: 503, title: 'The port of the connector is taken' },
  'listen/address-unusable': { kind: 'retry', status: 503, title: 'The connector cannot listen there' },
  'listen/forbidden': { kind: 'fix', status: 503, title: 'The connector may not open its port' },
  'listen/certificate': {
    kind: 'fix',
    status: 503,
    title: 'The certificate of the connector cannot be used',
  },
  'mllp/framing': { kind: 'fix', status: 400, title: 'The bytes are not framed as MLLP demands' },
  'bus/credentials': { kind: 'fix', status: 503, title: 'The bus refuses the credentials' },
  'bus/certificate': { kind: 'fix', status: 503, title: 'The certificate of the bus is not accepted' },
  'bus/foreign-stream': { kind: 'fix', status: 503, title: 'The stream is not as the bus needs it' },
  'bus/unavailable': { kind: 'retry', status: 503, title: 'The bus cannot be reached' },
  'bus/timeout': { kind: 'retry', status: 503, title: 'The bus did not answer in time' },
  'bus/full': { kind: 'retry', status: 503, title: 'The bus has no room' },
  'bus/closed': { kind: 'retry', status: 503, title: 'The gateway is stopping' },
  'data/locked': { kind: 'fix', status: 500, title: 'Another gateway uses this data folder' },
  'data/unwritable': { kind: 'fix', status: 500, title: 'The data folder cannot be written' },
  'data/foreign-folder': { kind: 'fix', status: 500, title: 'The data folder holds other files' },
  'data/foreign-version': { kind: 'fix', status: 500, title: 'The data folder is of another version' },
  'http/address-taken': { kind: 'fix', status: 500, title: 'The address is taken' },
  'http/address-unusable': { kind: 'fix', status: 500, title: 'The address cannot be used' },
  'config/invalid': { kind: 'fix', status: 500, title: 'The service definition has mistakes' },
  'audit/unavailable': { kind: 'retry', status: 503, title: 'The audit log cannot be written' },
  'journal/unavailable': { kind: 'retry', status: 503, title: 'The journal is not ready' },
  'internal/bug': { kind: 'bug', status: 500, title: 'Something is wrong with the gateway itself' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error with a stable code and a sentence for a person. Its message never holds a value of a message. */
export class HealthosError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly status: number;
  /** For `retry`: seconds after which another try is worth while. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'HealthosError';
    this.code = code;
    this.kind = errorCatalogue[code].kind;
    this.status = errorCatalogue[code].status;
    this.retryAfter = options.retryAfter;
  }
}

/** The error as ours: itself, or `internal/bug` around whatever was thrown. */
export function asHealthosError(thrown: unknown): HealthosError {
  if (thrown instanceof HealthosError) return thrown;
  return new HealthosError('internal/bug', 'An unexpected error; the log has its code and stack.', {
    cause: thrown,
  });
}

/**
 * What may be written down about an unknown error: its class, its system or library code, and where it was thrown.
 * Its message is left out, since parsers quote what they read.
 */
export function describeThrown(thrown: unknown): { name: string; code?: string; at?: string } {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const at = thrown.stack
    ?.split('\n')
    .find((line) => line.startsWith('    at '))
    ?.trim();
  return {
    name: thrown.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(at === undefined ? {} : { at }),
  };
}
