/** Who calls, and what their role lets them do. */
import { createHash } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import net from 'node:net';
import test from 'ava';
import { roles } from '../../src/config/definition.ts';
import { createAuthenticate, demand, isLoopback, may, requirePermission } from '../../src/http/auth.ts';
import type { Permission, Principal } from '../../src/http/auth.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { isProblem, quiet } from './ingress-fixture.ts';

const permissions: readonly Permission[] = ['read', 'own', 'command', 'body', 'audit', 'ingress', 'check'];

function from(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  const socket = new net.Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  const incoming = new IncomingMessage(socket);
  incoming.headers = headers;
  return incoming;
}

function token(name: string, secret: string) {
  return { name, role: 'viewer', sha256: createHash('sha256').update(secret).digest('hex') } as const;
}

test('Each role reaches as far as the contract says, and no farther', (t) => {
  const reach = Object.fromEntries(
    roles.map((role) => [role, permissions.filter((each) => may({ name: 'x', role, token: true }, each))]),
  );
  t.deepEqual(reach, {
    viewer: ['read', 'own', 'check'],
    operator: ['read', 'own', 'command', 'ingress', 'check'],
    admin: ['read', 'own', 'command', 'body', 'audit', 'ingress', 'check'],
    sender: ['own', 'ingress', 'check'],
  });
});

test('Without tokens a caller on loopback is admin, and nobody else is anybody', (t) => {
  const authenticate = createAuthenticate({ tokens: undefined, insecure: false });
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
    t.deepEqual(authenticate(from(address)), { name: 'loopback', role: 'admin', token: false });
  }
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', ''])
    t.is(authenticate(from(address)), undefined);
});

test('What a proxy on this machine hands on does not count as loopback', (t) => {
  const authenticate = createAuthenticate({ tokens: undefined, insecure: false });
  t.is(authenticate(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' })), undefined);
  t.is(authenticate(from('127.0.0.1', { forwarded: 'for=203.0.113.9' })), undefined);
});

test('Where an insecure bind is asked for, everybody is admin', (t) => {
  const authenticate = createAuthenticate({ tokens: undefined, insecure: true });
  t.is(authenticate(from('10.0.0.1'))?.role, 'admin');
});

test('With tokens loopback counts for nothing', (t) => {
  const authenticate = createAuthenticate({ tokens: [token('one', 'a'), token('two', 'b')], insecure: true });
  t.is(authenticate(from('127.0.0.1')), undefined);
  for (const authorization of [
    'Bearer c',
    'Bearer',
    'Basic YTpi',
    'Bearer a b',
    `Bearer ${token('one', 'a').sha256}`,
  ]) {
    t.is(authenticate(from('127.0.0.1', { authorization })), undefined, authorization);
  }
  t.is(authenticate(from('10.0.0.1', { authorization: 'Bearer a' }))?.name, 'one');
  t.is(authenticate(from('10.0.0.1', { authorization: 'bearer  b' }))?.name, 'two');
  t.is(authenticate(from('10.0.0.1', { authorization: 'Bearer b' }))?.token, true);
});

test('An empty list of tokens lets nobody in', (t) => {
  t.is(createAuthenticate({ tokens: [], insecure: false })(from('127.0.0.1')), undefined);
});

test('A hash that is no SHA-256 matches nothing', (t) => {
  const broken = { name: 'broken', role: 'admin', sha256: '' } as const;
  const authenticate = createAuthenticate({ tokens: [broken], insecure: false });
  t.is(authenticate(from('127.0.0.1', { authorization: 'Bearer x' })), undefined);
});

test('Nobody is 401, too low a role 403, and who may is handed on', (t) => {
  const viewer: Principal = { name: 'v', role: 'viewer', token: true };
  t.like(
    t.throws(() => demand(undefined, 'read')),
    { code: 'request/unauthenticated', status: 401 },
  );
  t.like(
    t.throws(() => demand(viewer, 'body')),
    { code: 'request/forbidden', status: 403 },
  );
  t.is(demand(viewer, 'read'), viewer);
});

test('Only what looks like loopback is loopback', (t) => {
  for (const address of ['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1'])
    t.true(isLoopback(address), address);
  for (const address of ['128.0.0.1', '0.0.0.0', '127.0.0.1.evil.example', '1127.0.0.1', '::2']) {
    t.false(isLoopback(address), address);
  }
});

test('A route behind a permission is closed over the wire, with the challenge that says how to open it', async (t) => {
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: quiet,
    auth: { tokens: [token('v', 'secret')] },
  });
  server.use(async (context, next) => {
    if (context.path === '/audit') await requirePermission('audit')(context, next);
    else await requirePermission('read')(context, next);
  });
  server.use((context) => {
    context.body = context.state.principal?.name;
  });
  t.teardown(() => server.close());
  const { url } = await server.listen();
  const headers = { Authorization: 'Bearer secret' };
  const nobody = await fetch(url);
  t.is(nobody.headers.get('www-authenticate'), 'Bearer realm="healthos"');
  await isProblem(t, nobody, 401, 'request/unauthenticated');
  await isProblem(t, await fetch(`${url}/audit`, { headers }), 403, 'request/forbidden');
  t.is(await (await fetch(url, { headers })).text(), 'v');
});
