/** The HTTP server's own behaviour: opening, answering what is nobody's, ending. */
import { once } from 'node:events';
import net from 'node:net';
import Router from '@koa/router';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createHttpServer } from '../../src/http/server.ts';
import type { IngressHandler } from '../../src/http/ingress-host.ts';
import type { HttpServer, HttpServerOptions } from '../../src/http/server.ts';
import {
  accept,
  adt,
  isProblem,
  isRawProblem,
  parseAnswer,
  post,
  quiet,
  raw,
  request,
  startIngress,
} from './ingress-fixture.ts';

function create(options: Partial<HttpServerOptions> = {}): HttpServer {
  return createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, ...options });
}

async function start(t: ExecutionContext, options: Partial<HttpServerOptions> = {}) {
  const server = create(options);
  const router = new Router();
  router.get('/thing', (context) => {
    context.body = { thing: true };
  });
  router.get('/thing/:name', (context) => {
    context.body = String(context.params['name']);
  });
  router.get('/broken', () => {
    throw new Error('Doe^Jo');
  });
  server.use(router.routes());
  server.use(router.allowedMethods());
  t.teardown(() => server.close());
  const { url } = await server.listen();
  return { server, url, port: Number(new URL(url).port) };
}

test('A port that is taken is one clear sentence with host and port', async (t) => {
  const { port } = await start(t);
  const error = await t.throwsAsync(create({ port }).listen());
  t.like(error, { code: 'http/address-taken', kind: 'fix' });
  t.regex(error.message, new RegExp(`127\\.0\\.0\\.1:${port}.*--port`));
});

test('An address that this machine does not have is one clear sentence', async (t) => {
  const error = await t.throwsAsync(create({ host: '192.0.2.1' }).listen());
  t.like(error, { code: 'http/address-unusable', kind: 'fix' });
  t.regex(error.message, /192\.0\.2\.1.*app\.host/);
});

test('A certificate that cannot be read is a mistake in the configuration', async (t) => {
  const error = await t.throwsAsync(
    create({ tls: { cert: '/nowhere/cert.pem', key: '/nowhere/key.pem' } }).listen(),
  );
  t.like(error, { code: 'config/invalid' });
});

test('What is nowhere is 404, another method is 405 with Allow, an odd address is 400: all as problems', async (t) => {
  const { url } = await start(t);
  await isProblem(t, await fetch(`${url}/nothing`), 404, 'request/not-found');
  const response = await fetch(`${url}/thing`, { method: 'DELETE' });
  t.regex(response.headers.get('allow') ?? '', /GET/);
  await isProblem(t, response, 405, 'request/method-not-allowed');
});

test('An address that cannot be decoded harms nobody', async (t) => {
  const { url } = await start(t);
  t.true((await fetch(`${url}/thing/%E0%A4%A`)).status < 500);
});

test('What goes wrong inside is 500 without a word of the error', async (t) => {
  const { url } = await start(t);
  const problem = await isProblem(t, await fetch(`${url}/broken`), 500, 'internal/bug');
  t.false(JSON.stringify(problem).includes('Doe'));
});

test('Every response carries an X-Request-Id: a new one, or that of a tracing client, but no free text', async (t) => {
  const { url } = await start(t);
  const idFor = async (headers: Record<string, string>) => {
    const response = await fetch(`${url}/thing`, { headers });
    return response.headers.get('x-request-id');
  };
  const [one, two] = [await idFor({}), await idFor({})];
  t.truthy(one);
  t.not(one, two);
  const traced = '0af76519-16cd-43dd-8448-eb211c80319c';
  t.is(await idFor({ 'X-Request-Id': traced }), traced);
  t.not(await idFor({ 'X-Request-Id': 'Doe, Jo' }), 'Doe, Jo');
});

test('A HEAD request has the headers and no body, also of a problem', async (t) => {
  const { url } = await start(t);
  const found = await fetch(`${url}/thing`, { method: 'HEAD' });
  t.is(found.status, 200);
  const missing = await fetch(`${url}/nothing`, { method: 'HEAD' });
  t.is(missing.status, 404);
  t.is(await missing.text(), '');
});

test('HTTP/1.1 without a Host header is 400; HTTP/1.0 needs none', async (t) => {
  const { port } = await start(t);
  isRawProblem(
    t,
    await raw(port, ['GET /thing HTTP/1.1\r\nConnection: close\r\n\r\n']),
    400,
    'request/malformed',
  );
  t.is((await raw(port, ['GET /thing HTTP/1.0\r\n\r\n'])).status, 200);
});

test('CONNECT is 405 in the shape of every problem, and the connection ends', async (t) => {
  const { port } = await start(t);
  const answer = await raw(port, [request({}, '', 'CONNECT 127.0.0.1:22')]);
  isRawProblem(t, answer, 405, 'request/method-not-allowed');
  t.is(answer.headers.get('allow'), '');
  t.is(answer.headers.get('connection'), 'close');
});

test('CONNECT after another request waits for the answer of that', async (t) => {
  const { port } = await start(t);
  const { all } = await raw(port, [request({}, '', 'GET /thing') + request({}, '', 'CONNECT 127.0.0.1:22')]);
  t.deepEqual(all.match(/(?<=HTTP\/1\.1 )\d+/g), ['200', '405']);
});

test('A connector that was given another address is gone from the old one', async (t) => {
  const { server, url } = await start(t);
  const send = async (method: string, path: string) => {
    const response = await fetch(url + path, { method, body: 'x' });
    await response.body?.cancel();
    return response.status;
  };
  const none: IngressHandler = () => Promise.resolve();
  server.ingress.claim({ method: 'POST', url: '/old', owner: 'lab' }, none)();
  server.ingress.claim({ method: 'POST', url: '/older', owner: 'lab' }, none)();
  server.ingress.announce({ method: 'PUT', url: '/old', owner: 'ward' });
  server.ingress.claim({ method: 'POST', url: '/new', owner: 'lab' }, none)();
  t.is(await send('POST', '/new'), 503);
  t.is(await send('POST', '/old'), 405);
  t.is(await send('PUT', '/old'), 503);
  t.is(await send('POST', '/older'), 404);
});

test('A route that is announced is 503 until its connector claims it, and again when it gives it back', async (t) => {
  const { server, url } = await start(t);
  const route = { method: 'POST', url: '/in', owner: 'lab' } as const;
  const send = () => fetch(`${url}/in`, { method: 'POST', body: 'x' });
  await isProblem(t, await send(), 404, 'request/not-found');
  server.ingress.announce(route);
  const response = await send();
  t.truthy(response.headers.get('retry-after'));
  await isProblem(t, response, 503, 'connector/not-consuming');
  const release = server.ingress.claim(route, (context) => {
    context.body = 'taken';
    return Promise.resolve();
  });
  t.is(await (await send()).text(), 'taken');
  release();
  await isProblem(t, await send(), 503, 'connector/not-consuming');
});

test('Two connectors share a path by method, but not both', (t) => {
  const { ingress } = create();
  const none = () => Promise.resolve();
  ingress.claim({ method: 'POST', url: '/in', owner: 'lab' }, none);
  ingress.claim({ method: 'PUT', url: '/in', owner: 'ward' }, none);
  const error = t.throws(() => ingress.claim({ method: 'PUT', url: '/in', owner: 'icu' }, none));
  t.like(error, { code: 'connector/address-taken' });
  t.regex(error.message, /ward/);
});

test('Giving a route back twice does not take it from the next one', (t) => {
  const { ingress } = create();
  const none = () => Promise.resolve();
  const release = ingress.claim({ method: 'POST', url: '/in', owner: 'lab' }, none);
  release();
  ingress.claim({ method: 'POST', url: '/in', owner: 'ward' }, none);
  release();
  t.throws(() => ingress.claim({ method: 'POST', url: '/in', owner: 'lab' }, none));
});

test('Closing answers what is under way, ends that connection, and takes no new one', async (t) => {
  const arrived = Promise.withResolvers<undefined>();
  const stored = Promise.withResolvers<undefined>();
  const fixture = await startIngress(t, {
    deliver: async (arrival) => {
      arrived.resolve(undefined);
      await stored.promise;
      return accept(arrival);
    },
  });
  const answering = post(fixture, adt);
  await arrived.promise;
  const closing = fixture.server.close();
  t.true(fixture.server.closing.aborted);
  await t.throwsAsync(fetch(fixture.url));
  stored.resolve(undefined);
  const response = await answering;
  t.is(response.status, 202);
  t.is(response.headers.get('connection'), 'close');
  await closing;
});

test('Closing ends idle connections, and those on which a request has only begun to arrive', async (t) => {
  // Longer than a test may take.
  const { server, port } = await start(t, { limits: { drainMs: 120_000 } });
  const idle = net.connect(port, '127.0.0.1');
  idle.write(request({}, '', 'GET /thing'));
  await once(idle, 'data');
  const half = net.connect(port, '127.0.0.1');
  half.write('GET /thing HTT');
  await once(half, 'connect');
  const again = net.connect(port, '127.0.0.1');
  again.write(`${request({}, '', 'GET /thing')}GET /thing HTT`);
  await once(again, 'data');
  const ended = [idle, half, again].map(closed);
  await server.close();
  await Promise.all(ended);
  t.pass();
});

test('Closing ends what is being handled when its time is over', async (t) => {
  const { server, port } = await start(t, { limits: { drainMs: 50 } });
  const arrived = Promise.withResolvers<undefined>();
  server.ingress.claim({ method: 'POST', url: '/never', owner: 'x' }, (context) => {
    context.respond = false;
    arrived.resolve(undefined);
    return Promise.resolve();
  });
  const waiting = net.connect(port, '127.0.0.1');
  waiting.write(request({ 'Content-Length': '1' }, 'x', 'POST /never'));
  await arrived.promise;
  const ended = closed(waiting);
  await server.close();
  await ended;
  t.pass();
});

test('Closing twice, or without having listened, is nothing', async (t) => {
  const server = create();
  await server.close();
  const { server: listening } = await start(t);
  await Promise.all([listening.close(), listening.close()]);
  t.pass();
});

test('An answer that was begun is not mixed with a refusal of what follows on the connection', async (t) => {
  const { server, port } = await start(t);
  server.ingress.claim({ method: 'POST', url: '/slow', owner: 'x' }, (context) => {
    context.respond = false;
    context.res.writeHead(200, { 'Content-Length': '10' });
    context.res.write('12345');
    return Promise.resolve();
  });
  const answer = await raw(port, [request({ 'Content-Length': '1' }, 'x', 'POST /slow'), 'no http\r\n\r\n']);
  t.is(answer.status, 200);
  t.is(parseAnswer(answer.all).body, '12345');
});

/** Resolves when the connection is gone, by a reset too. */
function closed(socket: net.Socket): Promise<void> {
  socket.on('error', () => undefined).resume();
  return new Promise((resolve) => socket.on('close', () => resolve()));
}
