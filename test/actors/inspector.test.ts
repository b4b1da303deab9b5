/** The inspector as its own receiver and as strangers meet it. */
import { request } from 'node:http';
import test from 'ava';
import { createWebSocketReceiver } from '@statelyai/inspect';
import { WebSocket } from 'ws';
import { createInspector } from '../../src/actors/inspector.ts';
import { HealthosError } from '../../src/errors.ts';
import { arrival, definition, FakeConnector, rejecting, startGateway } from './gateway.ts';
import type { ExecutionContext } from 'ava';
import type { StatelyInspectionEvent } from '@statelyai/inspect';
import type { Inspector } from '../../src/actors/inspector.ts';

const canary = 'CANARY-7f3a';

interface Following {
  readonly events: readonly StatelyInspectionEvent[];
  readonly until: (holds: () => boolean) => Promise<void>;
}

/** Connects as the inspector's own receiver does. */
function follow(inspector: Inspector): Following {
  const events: StatelyInspectionEvent[] = [];
  const looks = new Set<() => void>();
  createWebSocketReceiver({ server: inspector.url.replace('http', 'ws') }).subscribe((event) => {
    events.push(event);
    for (const look of looks) look();
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (holds()) resolve();
      };
      looks.add(look);
      look();
    });
  return { events, until };
}

async function open(t: ExecutionContext): Promise<Inspector> {
  const inspector = await createInspector({ port: 0 });
  t.teardown(() => inspector.close());
  return inspector;
}

function names(events: readonly StatelyInspectionEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === '@xstate.actor' ? [event.name] : []));
}

function statesOf(events: readonly StatelyInspectionEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === '@xstate.snapshot' && 'value' in event.snapshot
      ? [JSON.stringify(event.snapshot.value)]
      : [],
  );
}

test('the inspector’s receiver sees the whole tree of actors with every transition, and no canary', async (t) => {
  const inspector = await open(t);
  const connector = new FakeConnector();
  const gateway = await startGateway([definition('rest', { config: { type: 'Fake', password: canary } })], {
    open: () => connector,
    inspect: (event) => inspector.inspect(event),
    ingest: () => rejecting(new Error(canary)),
    startValidator: () => rejecting(new HealthosError('bus/unavailable', canary)),
  });
  const { events, until } = follow(inspector);
  await until(() => names(events).includes('healthos'));
  await gateway.reached('rest', 'running');
  await gateway.actorReached('validator', 'backoff');
  await t.throwsAsync(connector.deliver?.({ ...arrival, body: Buffer.from(canary) }) ?? Promise.resolve());
  await gateway.supervisor.command('rest', 'pause', { wait: true });
  await gateway.supervisor.command('rest', 'resume', { wait: true });
  connector.run = () => rejecting(new TypeError(canary));
  await gateway.supervisor.command('rest', 'stop', { wait: true });
  await until(() => statesOf(events).includes('{"stopped":"byOperator"}'));
  for (const name of ['healthos', 'connector:rest', 'validator', 'journal'])
    t.true(names(events).includes(name), name);
  t.false(JSON.stringify(events).includes(canary));
  for (const state of [
    '{"running":"paused"}',
    '{"running":"consuming"}',
    '{"running":{"draining":"beforeStop"}}',
  ]) {
    t.true(statesOf(events).includes(state), state);
  }
});

test('who connects later is told of the actors as they are now, parents first, and of none that is gone', async (t) => {
  const inspector = await open(t);
  const gateway = await startGateway([definition('rest')], { inspect: (event) => inspector.inspect(event) });
  await gateway.reached('rest', 'running');
  await gateway.actorReached('journal', 'up.following');
  await gateway.supervisor.command('rest', 'restart', { wait: true });
  const { events, until } = follow(inspector);
  await until(() => names(events).includes('journal') && statesOf(events).includes('{"up":"following"}'));
  const actors = events.filter((event) => event.type === '@xstate.actor');
  const rootId = actors[0]?.sessionId;
  t.is(actors[0]?.name, 'healthos');
  t.true(actors.slice(1).every(({ parentId }) => parentId !== undefined));
  t.is(actors.find(({ name }) => name === 'connector:rest')?.parentId, rootId);
  t.is(new Set(actors.map(({ name, parentId }) => `${String(parentId)} ${name}`)).size, actors.length);
  t.false(actors.some(({ name }) => name === 'openBus' || name === 'connect'));
});

test('only what is on the list is sent', async (t) => {
  const inspector = await open(t);
  const { events, until } = follow(inspector);
  const { supervisor } = await startGateway([definition('rest')], {
    inspect: (event) => inspector.inspect(event),
  });
  await until(() => names(events).includes('healthos'));
  await supervisor.command('rest', 'restart', { wait: true });
  await supervisor.command('rest', 'stop', { wait: true });
  await until(() => statesOf(events).includes('{"stopped":"byOperator"}'));
  const keys = new Set(events.flatMap((event) => Object.keys(event)));
  const common = ['_version', 'createdAt', 'id', 'rootId', 'sessionId', 'type'];
  const allowed = new Set([...common, 'name', 'parentId', 'definition', 'snapshot', 'sourceId', 'event']);
  t.deepEqual(
    [...keys].filter((key) => !allowed.has(key)),
    [],
  );
  for (const event of events) {
    if ('event' in event) t.deepEqual(Object.keys(event.event), ['type']);
    if ('snapshot' in event)
      t.true(Object.keys(event.snapshot).every((key) => key === 'status' || key === 'value'));
  }
});

const strangers: readonly (readonly [string, Record<string, string>])[] = [
  ['a page of another site', { Origin: 'https://stately.ai' }],
  ['a page without an origin', { Origin: 'null' }],
  ['another name that resolves to loopback', { Host: 'evil.example:80' }],
];

for (const [who, headers] of strangers) {
  test(`${who} is refused`, async (t) => {
    const inspector = await open(t);
    const socket = new WebSocket(inspector.url.replace('http', 'ws'), { headers });
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    t.regex(error.message, /401/);
    t.is(await statusOf(inspector.url, headers), 403);
  });
}

test('its page shows the viewer and nothing else, and no other page may frame it', async (t) => {
  const inspector = await open(t);
  const response = await fetch(inspector.url);
  const policy = response.headers.get('Content-Security-Policy') ?? '';
  t.regex(policy, /^default-src 'none'; frame-src https:\/\/stately\.ai;/);
  t.regex(policy, /frame-ancestors 'none'/);
  t.regex(await response.text(), /src="https:\/\/stately\.ai\/inspect"/);
  t.is(await statusOf(`${inspector.url}other`, {}), 404);
  t.regex(inspector.banner, /stately\.ai/);
});

test('a taken port is said in a sentence', async (t) => {
  const inspector = await open(t);
  const port = Number(new URL(inspector.url).port);
  await t.throwsAsync(createInspector({ port }), {
    code: 'http/address-taken',
    message: /the port is taken/,
  });
});

function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
