/**
 * The Stately inspector's way in: a relay on a loopback port of its own, off by default (`healthos start --inspect`).
 *
 * The library's own server binds every interface and asks nobody who they are, and its sanitizers leave input and output
 * in; so this is a server of ours that speaks its protocol. Whoever connects gets the actors as they are now, then each
 * event as it happens. What they send is ignored.
 */
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { HealthosError } from '../errors.ts';
import { shown } from './inspector-events.ts';
import { inspectorPage, inspectorPolicy } from './inspector-page.ts';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InspectionEvent } from 'xstate';
import type { Shown, ShownActor, ShownChange } from './inspector-events.ts';

export interface InspectorOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly host?: '127.0.0.1' | '::1';
}

export interface Inspector {
  /** Given to the supervisor as `inspect`. */
  readonly inspect: (event: InspectionEvent) => void;
  /** To be opened in a browser. */
  readonly url: string;
  /** One line that says what is shown and to whom. */
  readonly banner: string;
  close(): Promise<void>;
}

/** A viewer that reads so slowly that this many bytes wait for it is disconnected. */
const BEHIND = 4 * 1024 * 1024;

/** Rejects with `http/address-taken` or `http/address-unusable`. */
export async function createInspector({ port, host = '127.0.0.1' }: InspectorOptions): Promise<Inspector> {
  const living = new Map<string, Living>();
  const http = createServer(answer);
  await listen(http, port, host);
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: 1024,
    verifyClient: ({ req }: { req: IncomingMessage }) => isLocal(req),
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    for (const { actor, change } of living.values()) {
      send(socket, JSON.stringify(actor));
      if (change) send(socket, JSON.stringify(change));
    }
  });
  const url = `http://${host === '::1' ? '[::1]' : host}:${(http.address() as AddressInfo).port}/`;
  let count = 0;

  function inspect(event: InspectionEvent): void {
    count += 1;
    const message = shown(event, count);
    if (!message) return;
    remember(living, message);
    if (sockets.clients.size === 0) return;
    const text = JSON.stringify(message);
    for (const socket of sockets.clients) send(socket, text);
  }

  return {
    inspect,
    url,
    banner: `Inspector: ${url} shows ids, states and event types, no messages, to anyone on this computer; the viewer in that page is loaded from stately.ai.`,
    close: () => close(http, sockets),
  };
}

interface Living {
  readonly actor: ShownActor;
  readonly change: ShownChange | undefined;
}

/** Keeps the actors as they are now, for who connects later; one that has ended, or was replaced, is forgotten. */
function remember(living: Map<string, Living>, message: Shown): void {
  if (message.type === '@xstate.event') return;
  if (message.type === '@xstate.actor') {
    for (const [id, { actor }] of living) {
      if (actor.name === message.name && actor.parentId === message.parentId) living.delete(id);
    }
    living.set(message.sessionId, { actor: message, change: undefined });
    return;
  }
  const known = living.get(message.sessionId);
  if (known && message.snapshot.status === 'active')
    living.set(message.sessionId, { ...known, change: message });
  else if (known?.actor.parentId !== undefined) living.delete(message.sessionId);
}

function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > BEHIND) socket.terminate();
  else socket.send(text);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const found = request.method === 'GET' && request.url === '/';
  if (!isLocal(request)) response.writeHead(403).end();
  else if (!found) response.writeHead(404).end();
  else {
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': inspectorPolicy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    response.end(inspectorPage);
  }
}

/**
 * Asked by this server's own loopback name, so that a foreign name that resolves to loopback gets nothing; and by no other
 * page than ours. Programs send no Origin.
 */
function isLocal({ headers: { host = '', origin } }: IncomingMessage): boolean {
  const loopback = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host);
  return loopback && (origin === undefined || origin === `http://${host}`);
}

function listen(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const message = `The inspector cannot listen on ${host}:${port}${taken ? ': the port is taken' : ''}.`;
      reject(new HealthosError(taken ? 'http/address-taken' : 'http/address-unusable', message, { cause }));
    });
    http.listen(port, host, resolve);
  });
}

function close(http: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  return new Promise((resolve) => {
    sockets.close(() => http.close(() => resolve()));
    http.closeAllConnections();
  });
}
