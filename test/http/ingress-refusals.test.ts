/** What is refused before it is stored, over a real socket. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import { adt, isProblem, isRawProblem, post, raw, request, startIngress } from './ingress-fixture.ts';

const tokens = (['viewer', 'operator', 'admin', 'sender'] as const).map((role) => ({
  name: `${role}-1`,
  role,
  sha256: createHash('sha256').update(`secret-${role}`).digest('hex'),
}));

test('400: a body that is empty, also once it is unpacked or taken out of its form', async (t) => {
  const fixture = await startIngress(t);
  await isProblem(t, await post(fixture, ''), 400, 'request/empty-body');
  const json = { 'Content-Type': 'application/json' };
  await isProblem(t, await post(fixture, '{"data":""}', json), 400, 'request/empty-body');
  const gzip = { 'Content-Encoding': 'gzip' };
  await isProblem(t, await post(fixture, gzipSync(''), gzip), 400, 'request/empty-body');
  isRawProblem(t, await raw(fixture.port, [request({ Connection: 'close' })]), 400, 'request/empty-body');
  t.deepEqual(fixture.arrivals, []);
  t.deepEqual(fixture.refused, Array(4).fill('request/empty-body'));
});

test('400: a body that is not coded as it says', async (t) => {
  const fixture = await startIngress(t);
  for (const coding of ['gzip', 'deflate', 'br', 'gzip, br']) {
    await isProblem(t, await post(fixture, adt, { 'Content-Encoding': coding }), 400, 'request/malformed');
  }
  t.deepEqual(fixture.arrivals, []);
});

test('400: an Idempotency-Key that is empty, too long, or not printable', async (t) => {
  const fixture = await startIngress(t);
  for (const key of ['', 'x'.repeat(256), 'a\u00e9']) {
    await isProblem(t, await post(fixture, adt, { 'Idempotency-Key': key }), 400, 'request/malformed');
  }
});

test('401 without a token or with one that nobody knows, 403 for a role that may not send', async (t) => {
  const fixture = await startIngress(t, { server: { auth: { tokens } } });
  const none = await post(fixture, adt);
  t.regex(none.headers.get('www-authenticate') ?? '', /^Bearer/);
  await isProblem(t, none, 401, 'request/unauthenticated');
  const wrong = { Authorization: 'Bearer secret-nobody' };
  await isProblem(t, await post(fixture, adt, wrong), 401, 'request/unauthenticated');
  const viewer = { Authorization: 'Bearer secret-viewer' };
  await isProblem(t, await post(fixture, adt, viewer), 403, 'request/forbidden');
  t.deepEqual(fixture.arrivals, []);
  t.is((await post(fixture, adt, { Authorization: 'bearer secret-sender' })).status, 202);
  t.is(fixture.arrivals[0]?.principal, 'sender-1');
});

test('403: a page of another origin, or behind a name that was made to point here, posts nothing', async (t) => {
  const fixture = await startIngress(t);
  const foreign = [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }];
  for (const headers of foreign) {
    const answer = await raw(fixture.port, [
      request({ ...headers, Connection: 'close', 'Content-Length': '3' }, 'MSH'),
    ]);
    isRawProblem(t, answer, 403, 'request/foreign-origin');
  }
  const rebound = request({ Host: 'evil.example', Origin: 'http://evil.example', Connection: 'close' });
  isRawProblem(t, await raw(fixture.port, [rebound]), 403, 'request/foreign-host');
  t.deepEqual(fixture.arrivals, []);
});

test('404: no connector at this address; 405 with Allow: another method', async (t) => {
  const fixture = await startIngress(t);
  const missing = await fetch(`${fixture.url}/ingress/more`, { method: 'POST', body: adt });
  await isProblem(t, missing, 404, 'request/not-found');
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await fetch(`${fixture.url}/ingress`, { method });
    t.is(response.headers.get('allow'), 'POST');
    await isProblem(t, response, 405, 'request/method-not-allowed');
  }
});

test('408: a body that does not arrive in time, and then the connection is closed', async (t) => {
  const counted = Promise.withResolvers<string>();
  const fixture = await startIngress(t, {
    server: { limits: { headersMs: 1000, requestMs: 1000, checkMs: 50 } },
    context: { countRefused: (code) => counted.resolve(String(code)) },
  });
  const answer = await raw(fixture.port, [request({ 'Content-Length': '100' }, 'MSH|')]);
  isRawProblem(t, answer, 408, 'request/timeout');
  t.is(answer.headers.get('connection'), 'close');
  t.deepEqual(fixture.arrivals, []);
  t.is(await counted.promise, 'request/timeout');
});

test('413: a body that says, or turns out, to be too large', async (t) => {
  const fixture = await startIngress(t, { config: { max_bytes: 100 } });
  await isProblem(t, await post(fixture, 'x'.repeat(101)), 413, 'request/too-large');
  const chunked = request({ 'Transfer-Encoding': 'chunked' }, `65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`);
  isRawProblem(t, await raw(fixture.port, [chunked], true), 413, 'request/too-large');
  t.is((await post(fixture, 'x'.repeat(100))).status, 202);
  t.is(fixture.arrivals.length, 1);
});

test('413 beyond the claim check: the object store is told that its source failed', async (t) => {
  const max_bytes = 1024 * 1024;
  const fixture = await startIngress(t, { config: { max_bytes } });
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const head = request({ 'Transfer-Encoding': 'chunked' });
  const chunks = Array.from({ length: 17 }, () => ['10000\r\n', chunk, '\r\n']).flat();
  isRawProblem(t, await raw(fixture.port, [head, ...chunks, '0\r\n\r\n'], true), 413, 'request/too-large');
  t.is(fixture.objects.size, 0);
  t.deepEqual(fixture.arrivals, []);
});

test('415 names the codings that can be undone', async (t) => {
  const fixture = await startIngress(t);
  for (const coding of ['compress', 'gzip, snappy', 'gzip,gzip,gzip,gzip']) {
    const response = await post(fixture, adt, { 'Content-Encoding': coding });
    t.is(response.headers.get('accept-encoding'), 'gzip, deflate, br');
    await isProblem(t, response, 415, 'request/content-coding');
  }
});

test('429 beyond the rate of the connector, with the seconds after which there is room', async (t) => {
  const rateLimit = { per_second: 0.001, burst: 2 };
  const fixture = await startIngress(t, { context: { rateLimit } });
  t.is((await post(fixture, adt)).status, 202);
  t.is((await post(fixture, adt)).status, 202);
  const response = await post(fixture, adt);
  const seconds = Number(response.headers.get('retry-after'));
  t.true(seconds > 900 && seconds <= 1000);
  await isProblem(t, response, 429, 'request/rate-limited');
  t.deepEqual(fixture.refused, ['request/rate-limited']);
});

test('503 with Retry-After while the connector is not consuming', async (t) => {
  let accepting = true;
  const fixture = await startIngress(t, { context: { accepting: () => accepting } });
  t.is((await post(fixture, adt)).status, 202);
  accepting = false;
  const paused = await post(fixture, adt);
  t.truthy(paused.headers.get('retry-after'));
  await isProblem(t, paused, 503, 'connector/not-consuming');
  await fixture.stop();
  await isProblem(t, await post(fixture, adt), 503, 'connector/not-consuming');
});

test('503 with Retry-After when the bus cannot store; the refusal is not counted twice', async (t) => {
  const deliver = () =>
    Promise.reject(new HealthosError('bus/full', 'The disk is full.', { retryAfter: 10 }));
  const fixture = await startIngress(t, { deliver });
  const response = await post(fixture, adt);
  t.is(response.headers.get('retry-after'), '10');
  await isProblem(t, response, 503, 'bus/full');
  t.deepEqual(fixture.refused, []);
});

test('500 without a word of the error when something unforeseen happens', async (t) => {
  const fixture = await startIngress(t, { deliver: () => Promise.reject(new Error('PID|Doe^Jo')) });
  const problem = await isProblem(t, await post(fixture, adt), 500, 'internal/bug');
  t.false(JSON.stringify(problem).includes('Doe'));
});

test('A refusal that left a small body unread does not cost the connection', async (t) => {
  const fixture = await startIngress(t, { context: { accepting: () => false } });
  const twice = [
    request({ 'Content-Length': '3' }, 'MSH'),
    request({ 'Content-Length': '3', Connection: 'close' }, 'MSH'),
  ];
  const answer = await raw(fixture.port, twice);
  t.is(answer.all.match(/HTTP\/1\.1 503 /g)?.length, 2);
});

test('A client that sends a large body before it reads gets the refusal nevertheless', async (t) => {
  const fixture = await startIngress(t, { context: { accepting: () => false } });
  const body = Buffer.alloc(32 * 1024 * 1024, 'x');
  const answer = await raw(fixture.port, [request({ 'Content-Length': String(body.length) }), body]);
  isRawProblem(t, answer, 503, 'connector/not-consuming');
  t.is(answer.headers.get('connection'), 'close');
});

test('A client that asks first is refused without a word of its body', async (t) => {
  const fixture = await startIngress(t, { config: { max_bytes: 10 } });
  const answer = await raw(fixture.port, [request({ Expect: '100-continue', 'Content-Length': '11' })], true);
  isRawProblem(t, answer, 413, 'request/too-large');
});
