/** A small HTTP server that answers what a test has laid ready, and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Asked {
  readonly request: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A document is answered as JSON with status 200; `problem` and `reply` make other answers. */
export type Answer = object | ((response: ServerResponse) => void);

export interface FakeGateway extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** `answers` by method and path without query: `GET /admin/connectors`. */
export async function fakeGateway(answers: Readonly<Record<string, Answer>>): Promise<FakeGateway> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`;
      asked.push({ request: line, headers: request.headers, body: body.toString('latin1') });
      const answer =
        answers[line.replace(/\?.*/, '')] ?? problem(404, 'request/not-found', 'There is nothing here.');
      if (typeof answer === 'function') answer(response);
      else reply(200, answer)(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

export function reply(status: number, document: object, type = 'application/json') {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': type }).end(JSON.stringify(document));
  };
}

export function problem(status: number, code: string, detail: string, members: object = {}) {
  return reply(status, { status, code, title: 'A title', detail, ...members }, 'application/problem+json');
}

export function bytes(body: Uint8Array) {
  return (response: ServerResponse) => {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(body);
  };
}

/** `GET /admin/config` as far as it is asked for: what the definition calls its subjects. */
export function config(ingress = 'lfh.healthos.ingress', errors = 'lfh.healthos.ingress.errors') {
  return { definition: { app: { messaging: { ingress_subject: ingress, error_subject: errors } } } };
}
