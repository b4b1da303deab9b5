/** Bodies and requests that are made to hurt: each gets its answer, and the next sender gets his. */
import net from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import {
  adt,
  isProblem,
  isRawProblem,
  post,
  raw,
  received,
  request,
  startIngress,
} from './ingress-fixture.ts';
import type { Fixture } from './ingress-fixture.ts';

const json = { 'Content-Type': 'application/json' };

async function stillWorks(t: ExecutionContext, fixture: Fixture): Promise<void> {
  t.is((await post(fixture, adt)).status, 202);
}

test('A body that stops half-way is 400 for a client that still listens, and no message', async (t) => {
  const fixture = await startIngress(t);
  const answer = await raw(fixture.port, [request({ 'Content-Length': '100' }, 'MSH|')], true);
  isRawProblem(t, answer, 400, 'request/malformed');
  t.deepEqual(fixture.arrivals, []);
  await stillWorks(t, fixture);
});

test('A client that goes away in the middle of its body leaves no message behind, and is counted', async (t) => {
  const gone = Promise.withResolvers<string>();
  const fixture = await startIngress(t, { context: { countRefused: (code) => gone.resolve(String(code)) } });
  const socket = net.connect(fixture.port, '127.0.0.1');
  socket.write(request({ 'Content-Length': '100' }, 'MSH|'), () => socket.destroy());
  t.is(await gone.promise, 'request/malformed');
  t.deepEqual(fixture.arrivals, []);
  await stillWorks(t, fixture);
});

test('A client that goes away in the middle of a large body leaves nothing in the object store', async (t) => {
  const gone = Promise.withResolvers<string>();
  const fixture = await startIngress(t, { context: { countRefused: (code) => gone.resolve(String(code)) } });
  const socket = net.connect(fixture.port, '127.0.0.1');
  socket.write(request({ 'Content-Length': '9000000' }));
  socket.write(Buffer.alloc(1_000_000), () => socket.destroy());
  t.is(await gone.promise, 'request/malformed');
  t.is(fixture.objects.size, 0);
});

test('A connection that trickles is ended with 408, however steadily it trickles', async (t) => {
  const limits = { headersMs: 300, requestMs: 300, checkMs: 10 };
  const fixture = await startIngress(t, { server: { limits } });
  const socket = net.connect(fixture.port, '127.0.0.1');
  socket.write(request({ 'Content-Length': '100000' }));
  const trickle = setInterval(() => socket.write('x'), 5);
  socket.on('error', () => undefined);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  clearInterval(trickle);
  socket.destroy();
  t.regex(answer.toString(), /^HTTP\/1\.1 408 /);
});

test('Headers that trickle are ended with 408 as well', async (t) => {
  const fixture = await startIngress(t, {
    server: { limits: { headersMs: 100, requestMs: 100, checkMs: 10 } },
  });
  const answer = await raw(fixture.port, ['POST /ingress HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ']);
  isRawProblem(t, answer, 408, 'request/timeout');
});

test('A Content-Length that is too small makes a message of its bytes, and 400 of what follows', async (t) => {
  const fixture = await startIngress(t);
  const answer = await raw(fixture.port, [
    request({ 'Content-Length': '4' }, 'MSH|^~\\&|more of it\r\n\r\n'),
  ]);
  t.regex(answer.all, /^HTTP\/1\.1 202 [^]*HTTP\/1\.1 400 [^]*"code":"request\/malformed"/);
  t.is(received(fixture), 'MSH|');
});

test('A Content-Length that is no number, or stands beside a Transfer-Encoding, or comes twice, is 400', async (t) => {
  const fixture = await startIngress(t);
  for (const lines of [
    'Content-Length: -1',
    'Content-Length: 1e2',
    'Content-Length: 99999999999999999999999',
  ]) {
    isRawProblem(t, await raw(fixture.port, [head(lines)], true), 400, 'request/malformed');
  }
  const smuggling = 'Content-Length: 4\r\nTransfer-Encoding: chunked';
  isRawProblem(t, await raw(fixture.port, [head(smuggling)], true), 400, 'request/malformed');
  const twice = 'Content-Length: 4\r\nContent-Length: 5';
  isRawProblem(t, await raw(fixture.port, [head(twice)], true), 400, 'request/malformed');
  t.deepEqual(fixture.arrivals, []);
});

function head(lines: string): string {
  return `POST /ingress HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}\r\n\r\n`;
}

test('A gzip bomb is 413 before it unfolds, also one inside another', async (t) => {
  const fixture = await startIngress(t, { config: { max_bytes: 1024 * 1024 } });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  await isProblem(t, await post(fixture, bomb, { 'Content-Encoding': 'gzip' }), 413, 'request/too-large');
  const twice = { 'Content-Encoding': 'gzip, gzip' };
  await isProblem(t, await post(fixture, gzipSync(bomb), twice), 413, 'request/too-large');
  t.deepEqual(fixture.arrivals, []);
});

test('Layers of codings that unfold to nothing are held to the limit as well', async (t) => {
  const fixture = await startIngress(t, { config: { max_bytes: 1024 * 1024 } });
  const nothing = gzipSync('');
  const manyNothings = gzipSync(Buffer.concat(Array.from({ length: 100_000 }, () => nothing)));
  const twice = { 'Content-Encoding': 'gzip, gzip' };
  await isProblem(t, await post(fixture, manyNothings, twice), 413, 'request/too-large');
});

test('JSON of great depth or width costs no more than its bytes', async (t) => {
  const fixture = await startIngress(t);
  const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  const wide = Array.from({ length: 200_000 }, (_, i) => `"k${i}":${i}`).join(',');
  for (const other of [`"deep":${deep}`, wide]) {
    await post(fixture, `{${other},"data":"inside"}`, json);
    t.is(received(fixture), 'inside');
  }
  t.is((await post(fixture, `{"data":${deep}}`, json)).status, 202);
  t.is((await post(fixture, '{"data":'.repeat(100_000), json)).status, 202);
});

test('Keys such as __proto__ are names like others', async (t) => {
  const fixture = await startIngress(t);
  await post(fixture, '{"__proto__":{"data":"no","polluted":true},"constructor":1,"data":"yes"}', json);
  t.is(received(fixture), 'yes');
  t.is(Reflect.get({}, 'polluted'), undefined);
  await post(fixture, '{"__proto__":{"data":"no"}}', json);
  t.is(received(fixture), '{"__proto__":{"data":"no"}}');
  const headers = { ['__proto__']: 'x', constructor: 'y' };
  t.is(
    (await raw(fixture.port, [request({ ...headers, Connection: 'close', 'Content-Length': '1' }, 'x')]))
      .status,
    202,
  );
});

test('10,000 headers are 431, and so is one that is too long', async (t) => {
  const fixture = await startIngress(t);
  const many = Array.from({ length: 10_000 }, (_, i) => `x-${i}: 1`).join('\r\n');
  for (const lines of [many, `X-Long: ${'x'.repeat(100_000)}`]) {
    const answer = await raw(fixture.port, [head(lines)], true);
    isRawProblem(t, answer, 431, 'request/headers-too-large');
    t.is(answer.headers.get('connection'), 'close');
  }
  await stillWorks(t, fixture);
});

test('What is no HTTP at all is 400', async (t) => {
  const fixture = await startIngress(t);
  for (const bytes of [
    '\x0bMSH|^~\\&|MLLP by mistake\r\x1c\r',
    'GET / HTTP/9.9\r\n\r\n',
    'POST /ingress\0 HTTP/1.1\r\n\r\n',
  ]) {
    isRawProblem(t, await raw(fixture.port, [bytes], true), 400, 'request/malformed');
  }
});
