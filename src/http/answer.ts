/** Writes an answer past Koa's own, which is for bodies of any kind and costs more than most answers need. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';
import type { ArrivingBodies } from './arriving-bodies.ts';

declare module 'koa' {
  interface DefaultState {
    /** Aborted when the server begins to close: answers then end their connections. */
    closing: AbortSignal;
    /** Where bodies are entered that are no connector's: refused when the server begins to close. */
    arriving: ArrivingBodies;
  }
}

/** Name, value, name, value, as Node's `writeHead` takes them. */
export type HeaderList = readonly string[];

/** Of a body that nobody will read, so much is taken off the line to keep the connection. */
const KEEP_ALIVE_REST = 64 * 1024;
/** How long a client may go on sending after it was answered, in milliseconds; then the connection is cut. */
const LINGER_MS = 10_000;
/** The same while the server closes. */
const CLOSING_LINGER_MS = 500;

/**
 * Sends status, type, headers and body, and `X-Request-Id`. Nothing happens where an answer was begun already or the
 * client has gone. A body that was not read to its end is read and thrown away for a while, since a connection that is
 * closed on a client that still sends loses the answer (RFC 9112, section 9.6).
 */
export function answer(
  context: Context,
  status: number,
  contentType: string,
  body: string | Uint8Array,
  headers: HeaderList = [],
): void {
  context.respond = false;
  const { req, res } = context;
  if (res.headersSent || res.writableEnded) return;
  const { closing } = context.state;
  if (closing.aborted) res.shouldKeepAlive = false;
  const cut = mustBeCut(req, res);
  if (cut) res.shouldKeepAlive = false;
  res.writeHead(status, [
    'X-Request-Id',
    context.state.requestId,
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    ...headers,
  ]);
  if (cut) linger(req, res, body, closing);
  else res.end(body);
}

/** Is there a body still to come on a connection that ends, or so much of it that reading it costs more than a new one? */
function mustBeCut(req: IncomingMessage, res: ServerResponse): boolean {
  if (req.complete || req.readableEnded) return false;
  if (!res.shouldKeepAlive) return true;
  const length = req.headers['content-length'];
  if (length === undefined) return req.headers['transfer-encoding'] !== undefined;
  return Number(length) > KEEP_ALIVE_REST;
}

function linger(
  req: IncomingMessage,
  res: ServerResponse,
  body: string | Uint8Array,
  closing: AbortSignal,
): void {
  res.write(body);
  let timer = setTimeout(end, closing.aborted ? CLOSING_LINGER_MS : LINGER_MS);
  closing.addEventListener('abort', hurry);
  req.once('end', end).once('close', end).once('error', end);
  req.unpipe().resume();

  function hurry(): void {
    clearTimeout(timer);
    timer = setTimeout(end, CLOSING_LINGER_MS);
  }

  function end(): void {
    clearTimeout(timer);
    closing.removeEventListener('abort', hurry);
    res.end();
  }
}
