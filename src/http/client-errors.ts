/** Answers to requests that Node's parser or its clock gave up, before or instead of Koa. */
import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { HealthosError } from '../errors.ts';
import { problemOf, problemType, reasonPhrase } from './problem.ts';
import { requestIdFor } from './request-id.ts';

/**
 * Handles `clientError` of Node's server: one problem document, then the connection is closed. An answer to the same
 * request that was begun is cut; an earlier request on the connection that was read whole gets its answer first.
 */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const pending = pendingResponse(socket);
  if (pending === undefined) refuse(socket, error.code);
  else if (pending.headersSent && !pending.writableEnded) socket.destroy();
  else if (pending.req.complete) pending.once('close', () => refuse(socket, error.code));
  // A second error, while the answer to the first is on its way, changes nothing.
  else if (!pending.headersSent) refuseRequest(pending, error.code);
}

/** Handles `connect` of Node's server: no tunnels are made here. Node leaves the connection to us alone. */
export function answerConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  const pending = pendingResponse(socket);
  if (pending === undefined) refuseTunnel(socket);
  else pending.once('close', () => refuseTunnel(socket));
}

/** What a tunnel would lead to is nothing of ours: it allows no methods (RFC 9110, section 10.2.1). */
function refuseTunnel(socket: Duplex): void {
  const error = new HealthosError('request/method-not-allowed', 'This server makes no tunnels.');
  send(socket, refusal(error, { Allow: '' }));
  socket.once('finish', () => socket.destroy());
}

/** The response that Node is about to write on the connection; Node offers no other way to it. */
function pendingResponse(socket: Duplex): ServerResponse | undefined {
  const response: unknown = '_httpMessage' in socket ? socket._httpMessage : undefined;
  return response instanceof ServerResponse ? response : undefined;
}

function refuse(socket: Duplex, code: string | undefined): void {
  send(socket, refusal(errorFor(code)));
}

function send(socket: Duplex, { status, headers, body }: Refusal): void {
  if (!socket.writable) return;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${lines.join('')}\r\n${body}`);
}

/** Node lets go of a request once it is answered: whoever still reads it hears of the end only by its destruction. */
function refuseRequest(response: ServerResponse, code: string | undefined): void {
  const error = errorFor(code);
  const { status, headers, body } = refusal(error);
  response.writeHead(status, headers).end(body, () => response.req.destroy(error));
}

interface Refusal {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function refusal(error: HealthosError, more: Record<string, string> = {}): Refusal {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const headers = {
    Date: new Date().toUTCString(),
    'X-Request-Id': requestIdFor(undefined),
    'Content-Type': problemType,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...more,
  };
  return { status: problem.status, headers, body };
}

function errorFor(code: string | undefined): HealthosError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new HealthosError('request/timeout', 'The request did not arrive whole within the time allowed.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new HealthosError('request/headers-too-large', 'The headers are larger than this server reads.');
  }
  return new HealthosError('request/malformed', 'The request is not well-formed HTTP, or it broke off.');
}
