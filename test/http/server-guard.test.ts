/** No page in somebody's browser drives the gateway: the Host and Origin of requests. */
import { createHash } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import net from 'node:net';
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import { createGuard } from '../../src/http/guard.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { AuditEntry } from '../../src/store/audit.ts';
import { isRawProblem, quiet, raw, request } from './ingress-fixture.ts';

/** What the guard of a server on `host` says of a request: the code of its refusal, or `passed`. */
function judge(
  host: string,
  headers: Record<string, string>,
  options: { method?: string; token?: boolean } = {},
) {
  const incoming = new IncomingMessage(new net.Socket());
  incoming.method = options.method ?? 'POST';
  incoming.httpVersion = '1.1';
  incoming.headers = headers;
  try {
    createGuard(host)(incoming, { token: options.token ?? false });
    return 'passed';
  } catch (thrown) {
    return thrown instanceof HealthosError ? thrown.code : 'not ours';
  }
}

test("Loopback's names and the configured address name the server, with any port", (t) => {
  for (const host of [
    '127.0.0.1:8080',
    '127.0.0.1',
    'localhost:8080',
    'LOCALHOST.',
    '[::1]:8080',
    '127.1.2.3',
  ]) {
    t.is(judge('127.0.0.1', { host }), 'passed', host);
  }
  t.is(judge('10.1.2.3', { host: '10.1.2.3:8080' }), 'passed');
  t.is(judge('Gate.Example', { host: 'gate.example:8080' }), 'passed');
  t.is(judge('fd00::1', { host: '[fd00::1]:8080' }), 'passed');
});

test('Any other name does not, since it may have been made to point here', (t) => {
  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.9.9.9',
    '',
    '[',
    '127.0.0.1@evil',
  ];
  for (const host of foreign) t.is(judge('127.0.0.1', { host }), 'request/foreign-host', host);
  t.is(judge('127.0.0.1', { host: 'evil.example' }, { method: 'GET' }), 'request/foreign-host');
  t.is(judge('127.0.0.1', { host: 'evil.example' }, { token: true }), 'request/foreign-host');
});

test('A server on every address goes by any address and its own name, and by others where a token is shown', (t) => {
  for (const host of ['0.0.0.0', '::']) {
    t.is(judge(host, { host: '192.0.2.7:8080' }), 'passed');
    t.is(judge(host, { host: '[2001:db8::1]:8080' }), 'passed');
    t.is(judge(host, { host: `${hostname()}:8080` }), 'passed');
    t.is(judge(host, { host: 'gate.hospital.example' }), 'request/foreign-host');
    t.is(judge(host, { host: 'gate.hospital.example' }, { token: true }), 'passed');
  }
});

test('What changes state comes from no other origin; a program that is no browser sends none', (t) => {
  const host = '127.0.0.1:8080';
  for (const headers of [
    { host },
    { host, origin: 'http://127.0.0.1:8080' },
    { host, origin: 'https://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' },
    { host, 'sec-fetch-site': 'none' },
  ]) {
    t.is(judge('127.0.0.1', headers), 'passed');
  }
  for (const headers of [
    { host, origin: 'http://evil.example' },
    { host, origin: 'http://127.0.0.1:9999' },
    { host, origin: 'http://localhost:8080' },
    { host, origin: 'null' },
    { host, origin: '' },
    { host, 'sec-fetch-site': 'cross-site' },
    { host, 'sec-fetch-site': 'same-site' },
  ]) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      t.is(judge('127.0.0.1', headers, { method }), 'request/foreign-origin', JSON.stringify(headers));
    }
    t.is(judge('127.0.0.1', headers, { method: 'GET' }), 'passed');
  }
});

test('A token does not excuse a foreign page', (t) => {
  const headers = { host: '127.0.0.1', origin: 'http://evil.example' };
  t.is(judge('127.0.0.1', headers, { token: true }), 'request/foreign-origin');
});

test('The server itself is guarded: ahead of every route that others add', async (t) => {
  const sha256 = createHash('sha256').update('x').digest('hex');
  const auth = { tokens: [{ name: 'ops', role: 'admin', sha256 }] } as const;
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, auth });
  let reached = 0;
  server.use((context) => {
    reached += 1;
    context.body = 'reached';
  });
  t.teardown(() => server.close());
  const port = Number(new URL((await server.listen()).url).port);
  const evil = request({ Host: 'evil.example', Connection: 'close' }, '', 'GET /');
  t.is((await raw(port, [evil])).status, 403);
  const page = request({ Host: `127.0.0.1:${port}`, Origin: 'http://evil.example', Connection: 'close' });
  t.is((await raw(port, [page])).status, 403);
  t.is(reached, 0);
});

test('Two Host headers are 400, wherever they stand and however they are written', async (t) => {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet });
  t.teardown(() => server.close());
  const port = Number(new URL((await server.listen()).url).port);
  for (const twice of [
    'Host: 127.0.0.1\r\nHost: 127.0.0.1',
    'Host: localhost\r\nX-A: b\r\nhOST: evil.example',
  ]) {
    const answer = await raw(port, [`GET /thing HTTP/1.1\r\n${twice}\r\nConnection: close\r\n\r\n`]);
    isRawProblem(t, answer, 400, 'request/malformed');
  }
});

test('What a foreign page would have changed is written down; what it would have read or sent in is not', async (t) => {
  const entries: AuditEntry[] = [];
  const audit = {
    record: (entry: AuditEntry) => {
      entries.push(entry);
      return Promise.resolve(true);
    },
  };
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, audit });
  t.teardown(() => server.close());
  const port = Number(new URL((await server.listen()).url).port);
  const headers = { Host: `127.0.0.1:${port}`, Origin: 'http://evil.example', Connection: 'close' };
  for (const target of ['POST /admin/connectors/lab/stop', 'POST /ingress', 'GET /admin/messages']) {
    await raw(port, [request(headers, '', target)]);
  }
  t.is(entries.length, 1);
  t.like(entries[0], { what: 'request.foreign', who: 'loopback', result: 'refused', status: 403 });
  t.is(entries[0]?.code, 'request/foreign-origin');
});
