import anyTest, { type TestFn } from 'ava';
import { type Role, roles } from '../../../src/config/definition.ts';
import type { AuditLog } from '../../../src/store/audit.ts';
import { large, small, type Gateway, startGateway } from './fakes.ts';

const test = anyTest as TestFn<Gateway>;

test.before(async (t) => {
  t.context = await startGateway();
});

test.after.always((t) => t.context.close());

const everyone = [...roles, undefined];
const readers: readonly Role[] = ['viewer', 'operator', 'admin'];
const commanders: readonly Role[] = ['operator', 'admin'];

const access: readonly [method: string, path: string, allowed: readonly (Role | undefined)[]][] = [
  ['GET', '/admin', readers],
  ['GET', '/admin/connectors', readers],
  ['GET', '/admin/connectors/rest-connector', readers],
  ['POST', '/admin/connectors/rest-connector/start', commanders],
  ['POST', '/admin/connectors/rest-connector/stop', commanders],
  ['GET', '/admin/actors', readers],
  ['GET', '/admin/machines', readers],
  ['GET', '/admin/machines/connector', readers],
  ['GET', '/admin/machines/connector.mmd', readers],
  ['GET', '/admin/machines/connector.svg', readers],
  ['HEAD', '/admin/events', readers],
  ['GET', '/admin/messages', readers],
  ['GET', `/admin/messages/${small}`, [...readers, 'sender']],
  ['GET', `/admin/messages/${large}`, readers],
  ['GET', `/admin/messages/${small}/body`, ['admin']],
  ['POST', `/admin/messages/${small}/replay`, commanders],
  ['GET', '/admin/config', readers],
  ['GET', '/admin/audit', ['admin']],
  ['GET', '/metrics', readers],
  ['GET', '/healthz', everyone],
  ['GET', '/readyz', everyone],
  ['GET', '/openapi.json', everyone],
  ['GET', '/docs', everyone],
  ['GET', '/', everyone],
];

for (const [method, path, allowed] of access) {
  const names = allowed === everyone ? 'everyone' : allowed.join(', ');
  test(`${method} ${path} is for ${names}, and for nobody else`, async (t) => {
    for (const role of everyone) {
      const { status } = await t.context.ask(role, path, { method });
      if (allowed.includes(role)) t.true(status === 200 || status === 202, `${role ?? 'nobody'}: ${status}`);
      else t.is(status, role === undefined ? 401 : 403, role);
    }
  });
}

test('every route is in the table above', (t) => {
  const asPattern = (path: string) =>
    new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  for (const { path } of t.context.routes) {
    t.true(
      access.some(([, tried]) => asPattern(path).test(tried)),
      path,
    );
  }
});

test('a sender reads the journey of what it sent, and no other', async (t) => {
  t.is((await t.context.ask('sender', `/admin/messages/${small}`)).status, 200);
  const response = await t.context.ask('sender', `/admin/messages/${large}`);
  t.is(response.status, 403);
  t.like(await response.json(), { code: 'request/forbidden' });
});

test('what is refused for want of a role or a token is audited, and changes nothing', async (t) => {
  const gateway = await startGateway();
  await gateway.ask('viewer', '/admin/connectors/rest-connector/stop', { method: 'POST' });
  await gateway.ask(undefined, `/admin/messages/${small}/body`);
  await gateway.ask('sender', `/admin/messages/${small}/replay`, { method: 'POST' });
  const { items } = await gateway.audit.list({ limit: 10 });
  t.deepEqual(
    items.map(({ who, what, result, status }) => [who, what, result, status]),
    [
      ['the-sender', 'message.replay', 'refused', 403],
      ['unknown', 'message.body', 'refused', 401],
      ['the-viewer', 'connector.stop', 'refused', 403],
    ],
  );
  t.deepEqual(gateway.supervisor.commands, []);
  t.deepEqual(gateway.replayed, []);
  await gateway.close();
});

/** As a full disk makes it. */
const unwritable: AuditLog = {
  record: () => Promise.resolve(false),
  list: () => Promise.resolve({ items: [], next: null }),
  close: () => Promise.resolve(),
};

test('when the audit log cannot be written, a connector can still be stopped, and the log tells of it', async (t) => {
  const gateway = await startGateway({ audit: unwritable });
  const response = await gateway.ask('operator', '/admin/connectors/rest-connector/stop', { method: 'POST' });
  t.is(response.status, 200);
  t.regex(gateway.log(), /"what":"connector\.stop".*audit\.unwritable/);
  await gateway.close();
});

test('when the audit log cannot be written, no body is shown', async (t) => {
  const gateway = await startGateway({ audit: unwritable });
  for (const id of [small, large]) {
    const response = await gateway.ask('admin', `/admin/messages/${id}/body`);
    t.is(response.status, 503);
    t.like(await response.json(), { code: 'audit/unavailable' });
  }
  await gateway.close();
});
