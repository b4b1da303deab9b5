/** Writes an answer past Koa's own, which is for bodies of any kind and costs more than most answers need. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'koa';

declare module 'koa' {
  interface DefaultState {
    /** Aborted when the server begins to close: answers then end their connections. */
    closing: AbortSignal;
  }
}

/** Name, value, name, value, as Node's `writeHead` takes them. */
export type HeaderList = readonly string[];

/** Of a body that nobody will read, so much is taken off the line to keep the connection. */
const KEEP_ALIVE_REST = 64 * 1024;
/** How long a client may go on sending after it was answered; then the connection is cut. */
const LINGER_MS = 10_000;

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
  const cut = mustBeCut(req);
  if (cut || context.state.closing.aborted) res.shouldKeepAlive = false;
  res.writeHead(status, [
    'X-Request-Id',
    context.state.requestId,
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    ...headers,
  ]);
  if (cut) linger(req, res, body);
  else res.end(body);
}

/** Is so much of the body still to come, or nobody knows how much, that reading it costs more than a new connection? */
function mustBeCut(req: IncomingMessage): boolean {
  if (req.complete || req.readableEnded) return false;
  const length = req.headers['content-length'];
  if (length === undefined) return req.headers['transfer-encoding'] !== undefined;
  return Number(length) > KEEP_ALIVE_REST;
}

function linger(req: IncomingMessage, res: ServerResponse, body: string | Uint8Array): void {
  res.write(body);
  const timer = setTimeout(end, LINGER_MS);
  req.once('end', end).once('close', end).once('error', end);
  req.resume();
  function end(): void {
    clearTimeout(timer);
    res.end();
  }
}
