import anyTest, { type TestFn } from 'ava';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Schema } from 'joi';
import type { LoadedDefinition } from '../../../src/config/definition.ts';
import { HealthosError } from '../../../src/errors.ts';
import { auditPage, problem } from '../../../src/http/admin/schemas.ts';
import {
  at,
  child,
  definition,
  type Gateway,
  gone,
  large,
  largeChunks,
  small,
  smallBody,
  startGateway,
  unknown,
} from './fakes.ts';

const test = anyTest as TestFn<Gateway>;

test.beforeEach(async (t) => {
  t.context = await startGateway();
});

test.afterEach.always((t) => t.context.close());

/** The problem document of a refusal, whose shape and headers are checked on the way. */
async function problemOf(response: Response): Promise<Record<string, unknown>> {
  const document = valid(problem, await response.json());
  if (response.headers.get('Content-Type') !== 'application/problem+json') throw new Error('not a problem');
  if (document['status'] !== response.status) throw new Error('another status');
  return document;
}

async function lastAudit(gateway: Gateway): Promise<Record<string, unknown>> {
  const page = valid(auditPage, await (await gateway.ask('admin', '/admin/audit?limit=1')).json());
  // Of the shape that was checked.
  return (page['items'] as Record<string, unknown>[])[0] ?? {};
}

function valid(schema: Schema<Record<string, unknown>>, document: unknown): Record<string, unknown> {
  const result = schema.validate(document);
  if (result.error !== undefined) throw result.error;
  return result.value;
}

const addresses = [
  '/admin',
  '/admin/connectors',
  '/admin/connectors/rest-connector',
  '/admin/actors',
  '/admin/machines',
  '/admin/machines/connector',
  '/admin/messages',
  `/admin/messages/${small}`,
  '/admin/config',
  '/admin/audit',
  '/healthz',
  '/readyz',
];

test('every answer is what its description says, in JSON, and is not stored on the way', async (t) => {
  for (const address of addresses) {
    const response = await t.context.ask('admin', address);
    t.is(response.status, 200, address);
    t.is(response.headers.get('Content-Type'), 'application/json; charset=utf-8', address);
    t.is(response.headers.get('Cache-Control'), 'no-store', address);
    t.truthy(response.headers.get('X-Request-Id'), address);
    const schema = schemaFor(t.context, address);
    t.is(schema?.validate(await response.json()).error, undefined, address);
  }
});

function schemaFor({ routes }: Gateway, address: string) {
  const matches = (path: string) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address);
  return routes.find(({ path }) => matches(path))?.answers[200]?.schema;
}

test('the gateway is described with its bus, whose backlog is the messages that wait for a verdict', async (t) => {
  const body = (await (await t.context.ask('viewer', '/admin')).json()) as Record<string, unknown>;
  t.like(body, {
    name: 'healthos',
    version: '0.1.0',
    state: 'running',
    ready: true,
    bus: { kind: 'embedded', url: 'embedded:./data', depth: 4, oldest: at },
    counts: { total: 3, valid: 1, invalid: 2 },
    connectors: { running: 1, stopped: 0 },
  });
});

test('the gateway can be looked at while its journal cannot be read', async (t) => {
  t.context.journal.failing = new HealthosError('journal/unavailable', 'The journal is being opened.');
  const response = await t.context.ask('viewer', '/admin');
  t.is(response.status, 200);
  t.like(await response.json(), { journal: null, counts: null });
  t.is((await problemOf(await t.context.ask('viewer', '/admin/messages')))['code'], 'journal/unavailable');
});

test('a command is answered with the status after it took effect', async (t) => {
  const response = await t.context.ask('operator', '/admin/connectors/rest-connector/stop', {
    method: 'POST',
  });
  t.is(response.status, 200);
  t.like(await response.json(), {
    id: 'rest-connector',
    state: 'stopped',
    substate: 'byOperator',
    desired: 'off',
  });
  t.deepEqual(t.context.supervisor.commands, ['stop rest-connector waiting']);
  t.like(await lastAudit(t.context), {
    who: 'the-operator',
    role: 'operator',
    what: 'connector.stop',
    target: 'rest-connector',
    from: '127.0.0.1',
    result: 'done',
    status: 200,
    code: null,
  });
});

test('with wait=0 a command is answered 202 at once', async (t) => {
  const path = '/admin/connectors/rest-connector/pause?wait=0';
  t.is((await t.context.ask('operator', path, { method: 'POST' })).status, 202);
  t.deepEqual(t.context.supervisor.commands, ['pause rest-connector at once']);
});

test('a command that the state does not allow is 409, with the state and what it accepts, and audited', async (t) => {
  const response = await t.context.ask('operator', '/admin/connectors/rest-connector/resume', {
    method: 'POST',
  });
  t.is(response.status, 409);
  t.like(await problemOf(response), {
    code: 'connector/command-refused',
    state: 'running.consuming',
    accepts: ['stop', 'restart', 'pause'],
  });
  t.like(await lastAudit(t.context), { what: 'connector.resume', result: 'refused', status: 409 });
});

test('a connector or a command that there is not is 404', async (t) => {
  const none = await t.context.ask('operator', '/admin/connectors/none/stop', { method: 'POST' });
  t.is((await problemOf(none))['code'], 'connector/not-found');
  t.is((await t.context.ask('viewer', '/admin/connectors/none')).status, 404);
  const explode = await t.context.ask('operator', '/admin/connectors/rest-connector/explode', {
    method: 'POST',
  });
  t.is((await problemOf(explode))['code'], 'request/not-found');
  t.deepEqual(t.context.supervisor.commands, []);
});

test('another method is 405, and Allow names those that there are', async (t) => {
  const response = await t.context.ask('admin', '/admin/connectors', { method: 'DELETE' });
  t.is(response.status, 405);
  t.is(response.headers.get('Allow'), 'GET, HEAD');
  const got = await t.context.ask('admin', '/admin/connectors/rest-connector/stop');
  t.is(got.headers.get('Allow'), 'POST');
});

test('search takes every parameter of the contract, and empty ones as absent', async (t) => {
  const query = `state=invalid&format=hl7v2&connector=rest-connector&rule=hl7v2/required-field&since=2026-01-01T00:00:00Z&until=2026-01-02T02:00:00+02:00&q=0190&limit=2&cursor=`;
  const response = await t.context.ask('viewer', `/admin/messages?${query}`);
  t.is(response.status, 200);
  t.like(await response.json(), { items: [{ data_id: small }, { data_id: large }], next: null });
  t.deepEqual(t.context.journal.queries, [
    {
      state: 'invalid',
      format: 'hl7v2',
      connector: 'rest-connector',
      rule: 'hl7v2/required-field',
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-02T00:00:00.000Z',
      q: '0190',
      limit: 2,
    },
  ]);
});

test('a search without a limit asks for 50', async (t) => {
  await t.context.ask('viewer', '/admin/messages');
  t.deepEqual(t.context.journal.queries, [{ limit: 50 }]);
});

const wrongQueries = [
  'limit=0',
  'limit=1001',
  'limit=1.5',
  'limit=ten',
  'state=gone',
  'format=pdf',
  'since=yesterday',
  'rule=<script>',
  'connector=a%20b',
  `q=${'x'.repeat(201)}`,
  'state=valid&state=invalid',
];

for (const query of wrongQueries) {
  test(`the query ${query.slice(0, 30)} is 400, and is told what the parameter is`, async (t) => {
    const document = await problemOf(await t.context.ask('viewer', `/admin/messages?${query}`));
    t.is(document['code'], 'request/malformed');
    t.regex(
      String(document['detail']),
      new RegExp(`^The parameter ${query.split('=')[0] ?? ''} .*It is: \\w`),
    );
  });
}

test('a parameter that is not known is 400, with what was probably meant', async (t) => {
  const typo = await problemOf(await t.context.ask('viewer', '/admin/messages?limit=1&conector=x'));
  t.regex(String(typo['detail']), /^Parameter 2 of the query is not known here\. Did you mean connector\?/);
  const none = await problemOf(await t.context.ask('viewer', '/admin/actors?x=1'));
  t.regex(String(none['detail']), /this address takes none/);
  const proto = await problemOf(await t.context.ask('viewer', '/admin/messages?__proto__=1&constructor=2'));
  t.is(proto['code'], 'request/malformed');
});

test('a journey that there is not, or whose id is none, is 404', async (t) => {
  t.is(
    (await problemOf(await t.context.ask('viewer', `/admin/messages/${unknown}`)))['code'],
    'message/not-found',
  );
  for (const path of ['nonsense', 'nonsense/body']) {
    const response = await t.context.ask('admin', `/admin/messages/${path}`);
    t.is((await problemOf(response))['code'], 'message/not-found');
  }
  t.is((await t.context.ask('viewer', `/admin/messages/${small.toUpperCase()}`)).status, 200);
});

test('a body comes as the bytes that were received, as an attachment that no browser runs, and is audited', async (t) => {
  const response = await t.context.ask('admin', `/admin/messages/${small}/body`);
  t.is(response.status, 200);
  t.is(await response.text(), smallBody);
  t.is(response.headers.get('Content-Type'), 'application/hl7-v2');
  t.is(response.headers.get('Content-Disposition'), `attachment; filename="${small}.hl7"`);
  t.is(response.headers.get('X-Content-Type-Options'), 'nosniff');
  t.is(response.headers.get('Content-Security-Policy'), "default-src 'none'; sandbox");
  t.like(await lastAudit(t.context), {
    what: 'message.body',
    target: small,
    who: 'the-admin',
    result: 'done',
  });
});

test('a body by claim check is streamed, and a type that the sender made up is not repeated', async (t) => {
  const response = await t.context.ask('admin', `/admin/messages/${large}/body`);
  t.is(await response.text(), largeChunks.join(''));
  t.is(response.headers.get('Content-Type'), 'application/octet-stream');
});

test('a body that is no longer kept is 410, and the refusal is audited', async (t) => {
  const response = await t.context.ask('admin', `/admin/messages/${gone}/body`);
  t.is(response.status, 410);
  t.like(await problemOf(response), { code: 'message/body-gone', data_id: gone });
  t.like(await lastAudit(t.context), { what: 'message.body', target: gone, status: 410 });
});

test('a replay without a body is 202, with the new id and its parent', async (t) => {
  const response = await t.context.ask('operator', `/admin/messages/${small}/replay`, { method: 'POST' });
  t.is(response.status, 202);
  t.is(response.headers.get('Location'), `/admin/messages/${child}`);
  t.like(await response.json(), { status: 'received', data_id: child, parent_id: small, format: 'hl7v2' });
  t.deepEqual(t.context.replayed, [{ parentId: small, body: undefined }]);
  t.like(await lastAudit(t.context), {
    what: 'message.replay',
    target: small,
    detail: child,
    result: 'done',
  });
});

test('a replay with a body takes the edited message in', async (t) => {
  const init = { method: 'POST', body: 'MSH|edited' };
  t.is((await t.context.ask('operator', `/admin/messages/${small}/replay`, init)).status, 202);
  t.deepEqual(t.context.replayed, [{ parentId: small, body: Buffer.from('MSH|edited') }]);
});

test('a large edited message goes by claim check', async (t) => {
  const init = { method: 'POST', body: 'x'.repeat(300 * 1024) };
  t.is((await t.context.ask('operator', `/admin/messages/${small}/replay`, init)).status, 202);
  t.like(t.context.replayed[0]?.body, { ref: 'a-ref', size: 300 * 1024 });
});

test('an edited message beyond the limit is 413 before it is read', async (t) => {
  const init = { method: 'POST', body: new Uint8Array(64 * 1024 * 1024 + 1) };
  const response = await t.context.ask('operator', `/admin/messages/${small}/replay`, init);
  t.is(response.status, 413);
  t.deepEqual(t.context.bus.put, []);
});

test('a message that cannot be replayed says so', async (t) => {
  const ask = (id: string) => t.context.ask('operator', `/admin/messages/${id}/replay`, { method: 'POST' });
  t.like(await problemOf(await ask(gone)), { code: 'message/body-gone', data_id: gone });
  t.is((await problemOf(await ask(unknown)))['code'], 'message/not-found');
});

test('the configuration is shown without its secrets, with the origin of each value', async (t) => {
  const response = await t.context.ask('viewer', '/admin/config');
  const text = await response.text();
  t.false(/SECRET|[0-9a-f]{64}/.test(text), text);
  t.like(JSON.parse(text), {
    file: 'config/quickstart.yaml',
    definition: {
      app: {
        port: 8080,
        messaging: { url: 'nats://***@broker:4222' },
        auth: { tokens: [{ name: 'the-viewer', role: 'viewer', sha256: '***' }] },
        tls: { cert: 'cert.pem', key: '***' },
      },
      connectors: [
        { id: 'rest-connector' },
        { config: { sasl_plain_password: '***', user: '***', port: 1 } },
      ],
    },
    origins: { 'app.port': 'option --port', 'app.host': 'default' },
  });
});

test('what a connector read again is shown, with its own origins, which tell its secrets', async (t) => {
  const [rest, kafka] = definition().definition.connectors;
  if (rest === undefined || kafka === undefined) throw new Error('the fakes have two connectors');
  t.context.supervisor.readAgain.set(rest.id, {
    definition: { ...rest, config: { ...rest.config, url: '/moved', http_method: 'put' } },
    origins: new Map([['config.url', 'config/quickstart.yaml:9:12']]),
  });
  t.context.supervisor.readAgain.set(kafka.id, {
    definition: {
      ...kafka,
      config: { type: 'KafkaConsumer', user: 'lab', brokers: ['SECRET-A', 'SECRET-B'] },
    },
    origins: new Map([
      ['config.brokers[0]', 'file /run/secrets/broker'],
      ['config.brokers[1]', 'env BROKER_TOKEN'],
    ]),
  });
  const text = await (await t.context.ask('viewer', '/admin/config')).text();
  t.false(text.includes('SECRET-'), text);
  const { definition: shown, origins } = JSON.parse(text) as LoadedDefinition;
  t.like(shown.connectors[0], { config: { url: '/moved' } });
  t.like(shown.connectors[1], { config: { user: 'lab', brokers: ['***', '***'] } });
  t.deepEqual(origins as unknown, {
    'app.port': 'option --port',
    'app.host': 'default',
    'connectors[0].config.url': 'config/quickstart.yaml:9:12',
    'connectors[1].config.brokers[0]': 'file /run/secrets/broker',
    'connectors[1].config.brokers[1]': 'env BROKER_TOKEN',
  });
  const api = (await (await t.context.ask('viewer', '/openapi.json')).json()) as { paths: object };
  t.true('/moved' in api.paths);
  t.false('/ingress' in api.paths);
});

test('the audit log goes through its pages by the cursor, and refuses one that is not its own', async (t) => {
  for (const command of ['stop', 'start', 'pause']) {
    await t.context.ask('operator', `/admin/connectors/rest-connector/${command}`, { method: 'POST' });
  }
  interface Page {
    items: { what: string }[];
    next: string;
  }
  const first = (await (await t.context.ask('admin', '/admin/audit?limit=2')).json()) as Page;
  const second = (await (
    await t.context.ask('admin', `/admin/audit?limit=2&cursor=${first.next}`)
  ).json()) as Page;
  const acts = [...first.items, ...second.items].map((item) => item.what);
  t.deepEqual(acts, ['connector.pause', 'connector.start', 'connector.stop']);
  t.is((await t.context.ask('admin', '/admin/audit?cursor=x')).status, 400);
});

test('the statecharts come as data, as Mermaid and as SVG', async (t) => {
  const svg = await t.context.ask('viewer', '/admin/machines/connector.svg');
  t.is(svg.headers.get('Content-Type'), 'image/svg+xml; charset=utf-8');
  t.regex(await svg.text(), /id="running\.consuming"/);
  const mermaid = await t.context.ask('viewer', '/admin/machines/connector.mmd');
  t.regex(await mermaid.text(), /^stateDiagram-v2/);
  const none = await t.context.ask('viewer', '/admin/machines/none');
  t.regex(String((await problemOf(none))['detail']), /There are: connector/);
});

test('a gateway that is not ready says why, with 503', async (t) => {
  t.context.supervisor.ready = { ready: false, reasons: ['The bus has no room.'] };
  const response = await t.context.ask(undefined, '/readyz');
  t.is(response.status, 503);
  t.deepEqual(await response.json(), { status: 'not ready', reasons: ['The bus has no room.'] });
  t.is((await t.context.ask(undefined, '/healthz')).status, 200);
});

test('the events are a stream of server-sent events, which ends when the gateway stops', async (t) => {
  const response = await t.context.ask('viewer', '/admin/events');
  t.is(response.headers.get('Content-Type'), 'text/event-stream; charset=utf-8');
  t.is(response.headers.get('Cache-Control'), 'no-store');
  const text = response.text();
  t.context.journal.tell({
    data_id: small,
    step: 'stored',
    at,
    connector: null,
    format: null,
    type: null,
    bytes: 1,
    issues: 0,
  });
  await t.context.close();
  t.regex(await text, /event: message\ndata: \{"data_id":/);
  t.context = await startGateway();
});

/** Resolves when the gateway has cut the connection. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve).on('error', () => undefined));
}

test('a client that does not read the events is cut off, and nobody listens any longer', async (t) => {
  const { url, journal } = t.context;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /admin/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer viewer-token\r\n\r\n');
  await once(socket, 'readable');
  const event = {
    data_id: small,
    step: 'stored',
    at,
    connector: 'c'.repeat(60),
    format: null,
    type: null,
  } as const;
  while (journal.listeners.size > 0) {
    for (let i = 0; i < 500; i++) journal.tell({ ...event, bytes: i, issues: 0 });
    await new Promise(setImmediate);
  }
  const end = closed(socket);
  socket.resume();
  await end;
  t.pass();
});

test('who only asks for the headers of the events does not go on listening', async (t) => {
  await t.context.ask('viewer', '/admin/events', { method: 'HEAD' });
  while (t.context.journal.listeners.size > 0) await new Promise(setImmediate);
  t.pass();
});

test('what is unexpected is 500 without its text, and logged without it', async (t) => {
  t.context.supervisor.actors = () => {
    throw new Error('CANARY');
  };
  const response = await t.context.ask('viewer', '/admin/actors');
  t.is(response.status, 500);
  t.false((await response.text()).includes('CANARY'));
  t.false(t.context.log().includes('CANARY'));
  t.true(t.context.log().includes('http.unexpected-error'));
});
