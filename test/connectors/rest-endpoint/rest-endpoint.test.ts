/** The life of a RestEndpoint as the connector contract has it; what it answers is tested with ingress. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { restEndpoint } from '../../../src/connectors/rest-endpoint/index.ts';
import type { Connector, ConnectorContext } from '../../../src/connectors/connector.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import type { HttpServer } from '../../../src/http/server.ts';
import { accept, quiet } from '../../http/ingress-fixture.ts';

function create(server: HttpServer, id: string, url = '/in', refused: unknown[] = []): Connector {
  const context: ConnectorContext = {
    id,
    name: id,
    log: quiet,
    accepting: () => true,
    onAccepting: () => () => undefined,
    ingress: server.ingress,
    objects: {
      put: () => Promise.reject(new Error('nothing is large here')),
      get: () => Promise.reject(new Error('nobody reads here')),
    },
    hurry: () => undefined,
    countRefused: (code) => void refused.push(code),
    verdict: () => Promise.resolve(undefined),
    controlNumber: () => Promise.resolve(1),
    judge: () => Promise.reject(new Error('nothing is judged here')),
    fhirRelease: 'r4',
  };
  return restEndpoint.create({ url, http_method: 'post', max_bytes: 1000 }, context);
}

async function start(t: ExecutionContext) {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet });
  t.teardown(() => server.close());
  const { url } = await server.listen();
  const send = async (path = '/in') => {
    const response = await fetch(url + path, { method: 'POST', body: 'MSH|' });
    await response.body?.cancel();
    return response.status;
  };
  return { server, send };
}

const { signal } = new AbortController();

test('It is announced when it is created, held when it is connected, open while it runs', async (t) => {
  const { server, send } = await start(t);
  t.is(await send(), 404);
  const connector = create(server, 'lab');
  t.is(await send(), 503);
  await connector.connect(signal);
  t.is(await send(), 503);
  const stopping = new AbortController();
  const running = connector.run(accept, stopping.signal);
  t.is(await send(), 202);
  stopping.abort();
  await running;
  t.is(await send(), 503);
  await connector.close();
  t.is(await send(), 503);
});

test('Whatever it turns away is counted: before it connects, before it runs, and after', async (t) => {
  const { server, send } = await start(t);
  const refused: unknown[] = [];
  const connector = create(server, 'lab', '/in', refused);
  await send();
  await connector.connect(signal);
  await send();
  await connector.run(accept, AbortSignal.abort());
  await send();
  await connector.close();
  await send();
  t.deepEqual(refused, Array<string>(4).fill('connector/not-consuming'));
});

test('It can be connected and run again, also without having been closed', async (t) => {
  const { server, send } = await start(t);
  const connector = create(server, 'lab');
  for (let round = 0; round < 3; round++) {
    await connector.connect(signal);
    const stopping = new AbortController();
    const running = connector.run(accept, stopping.signal);
    t.is(await send(), 202);
    stopping.abort();
    await running;
  }
});

test('An address that another connector holds is a mistake to fix, and is free when that one closes', async (t) => {
  const { server } = await start(t);
  const [lab, ward] = [create(server, 'lab'), create(server, 'ward')];
  await lab.connect(signal);
  const error = await t.throwsAsync(ward.connect(signal));
  t.like(error, { code: 'connector/address-taken', kind: 'fix' });
  await lab.close();
  await t.notThrowsAsync(ward.connect(signal));
});

test('When it is stopped it answers what it let in, and only then is done', async (t) => {
  const { server, send } = await start(t);
  const connector = create(server, 'lab');
  await connector.connect(signal);
  const arrived = Promise.withResolvers<undefined>();
  const stored = Promise.withResolvers<undefined>();
  const stopping = new AbortController();
  const events: string[] = [];
  const running = connector
    .run(async (arrival) => {
      arrived.resolve(undefined);
      await stored.promise;
      return accept(arrival);
    }, stopping.signal)
    .then(() => events.push('done'));
  const answering = send().then((status) => events.push(`answered ${status}`));
  await arrived.promise;
  stopping.abort();
  t.is(await send(), 503);
  t.deepEqual(events, []);
  stored.resolve(undefined);
  await Promise.all([running, answering]);
  t.deepEqual(events.toSorted(), ['answered 202', 'done']);
});

test('A run whose signal aborted before resolves, and closing twice is nothing', async (t) => {
  const { server } = await start(t);
  const connector = create(server, 'lab');
  await connector.close();
  await connector.connect(signal);
  await connector.run(accept, AbortSignal.abort());
  await connector.close();
  await connector.close();
  t.pass();
});

test('The configuration has its defaults, and a description for every key', (t) => {
  const result = restEndpoint.schema.validate({ url: '/lab/in', http_method: 'PUT' });
  const config: unknown = result.value;
  t.deepEqual(config, { url: '/lab/in', http_method: 'put', max_bytes: 67_108_864 });
  const { keys } = restEndpoint.schema.describe() as {
    keys: Record<string, { flags?: { description?: string } }>;
  };
  for (const [key, { flags }] of Object.entries(keys)) t.truthy(flags?.description, key);
});

test('A limit may be written with its unit', (t) => {
  const result = restEndpoint.schema.validate({ url: '/in', max_bytes: '2MiB' });
  t.like(result.value, { max_bytes: 2_097_152 });
});

test('A wrong configuration is told without its values', (t) => {
  const wrong = [
    {},
    { url: 'secret' },
    { url: '/a b?secret' },
    { url: '/secret/' },
    { url: '/' },
    { url: '/admin/secret' },
    { url: '/metrics' },
    { url: '/dashboard/in' },
    { url: '/in', http_method: 'secret' },
    { url: '/in', max_bytes: 'secret' },
    { url: '/in', max_bytes: 0 },
  ];
  for (const config of wrong) {
    const { error } = restEndpoint.schema.validate(config);
    t.truthy(error, JSON.stringify(config));
    t.false(error?.message.includes('secret'), error?.message);
  }
});
