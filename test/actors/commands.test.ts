/** The operator's commands: what they bring about, what is refused, and what is remembered. */
import test from 'ava';
import { CommandRefused } from '../../src/actors/commands.ts';
import { connectorStates } from '../../src/actors/status.ts';
import { HealthosError } from '../../src/errors.ts';
import {
  arrival,
  definition,
  FakeBus,
  FakeConnector,
  receipt,
  rejecting,
  startGateway,
  whenever,
} from './gateway.ts';
import type { ConnectorDefinition } from '../../src/config/definition.ts';
import type { Receipt } from '../../src/messages/envelope.ts';

test('stop drains what is in flight, refuses what comes meanwhile, and releases everything', async (t) => {
  const stored = Promise.withResolvers<Receipt>();
  const connector = new FakeConnector();
  const gateway = await startGateway([definition('c')], {
    open: () => connector,
    ingest: () => stored.promise,
  });
  await gateway.reached('c', 'running');
  const inFlight = connector.deliver?.(arrival);
  const stopped = gateway.supervisor.command('c', 'stop', { wait: true });
  await gateway.reached('c', 'running.draining');
  const refused = await t.throwsAsync(connector.deliver?.(arrival) ?? Promise.resolve());
  t.like(refused, { code: 'connector/not-consuming', status: 503 });
  t.false(connector.calls.includes('close'));
  stored.resolve(receipt('a'));
  t.is((await inFlight)?.dataId, 'a');
  t.like(await stopped, { state: 'stopped', substate: 'byOperator', desired: 'off', reason: null });
  t.deepEqual(connector.calls.slice(0, 3), ['connect', 'run', 'close']);
  t.like((await stopped).counts, {
    received: 2,
    stored: 1,
    refused: 1,
    failed: 0,
    bytes: arrival.body.length,
  });
});

test('start and restart read the definition again, so that a mended mistake needs no restart of the process', async (t) => {
  let current: ConnectorDefinition = definition('c', { config: { type: 'Fake', port: 1 } });
  const opened: unknown[] = [];
  const gateway = await startGateway([current], {
    open: ({ config }) => {
      opened.push(config['port']);
      return new FakeConnector();
    },
    reloadConnector: () => Promise.resolve({ definition: current, origins: new Map([['name', 'env NAME']]) }),
  });
  const before = await gateway.reached('c', 'running');
  t.is(gateway.supervisor.reread().size, 0);
  current = definition('c', { name: 'Renamed', config: { type: 'Fake', port: 2 } });
  const after = await gateway.supervisor.command('c', 'restart', { wait: true });
  t.deepEqual(opened, [1, 2]);
  t.is(after.name, 'Renamed');
  t.not(after.config_hash, before.config_hash);
  const reread = gateway.supervisor.reread().get('c');
  t.is(reread?.definition, current);
  t.is(reread?.origins.get('name'), 'env NAME');
});

test('a start with a broken definition has failed and says so', async (t) => {
  const gateway = await startGateway([definition('c', { enabled: false })], {
    reloadConnector: () => rejecting(new HealthosError('config/invalid', 'gateway.yaml:3:5 is not right.')),
  });
  await gateway.actorReached('healthos', 'running');
  const status = await gateway.supervisor.command('c', 'start', { wait: true });
  t.like(status, {
    state: 'stopped',
    substate: 'failed',
    reason: { code: 'config/invalid', retryable: false },
  });
});

test('pause and resume keep the connection and refuse or take messages', async (t) => {
  const connector = new FakeConnector();
  const { supervisor, reached } = await startGateway([definition('c')], { open: () => connector });
  await reached('c', 'running');
  t.is((await supervisor.command('c', 'pause', { wait: true })).substate, 'paused');
  await t.throwsAsync(connector.deliver?.(arrival) ?? Promise.resolve(), { code: 'connector/not-consuming' });
  t.is((await supervisor.command('c', 'resume', { wait: true })).substate, 'consuming');
  t.is((await connector.deliver?.(arrival))?.dataId, 'id');
  t.deepEqual(connector.calls, ['connect', 'run']);
});

test('a command whose effect already holds changes nothing', async (t) => {
  const { supervisor, reached } = await startGateway([definition('c')]);
  await reached('c', 'running');
  const seen = supervisor.connector('c')?.transitions.length;
  t.is((await supervisor.command('c', 'start', { wait: true })).substate, 'consuming');
  t.is((await supervisor.command('c', 'resume', { wait: true })).substate, 'consuming');
  t.is(supervisor.connector('c')?.transitions.length, seen);
  await supervisor.command('c', 'stop', { wait: true });
  t.is((await supervisor.command('c', 'stop', { wait: true })).substate, 'byOperator');
});

test('a command that makes no sense is refused with the state and what it accepts', async (t) => {
  const { supervisor, reached } = await startGateway([definition('c')]);
  await reached('c', 'running');
  await supervisor.command('c', 'stop', { wait: true });
  const refused = await t.throwsAsync(supervisor.command('c', 'pause', { wait: true }), {
    instanceOf: CommandRefused,
  });
  t.like(refused, { code: 'connector/command-refused', status: 409, state: 'stopped.byOperator' });
  t.deepEqual(refused.accepts, ['start', 'restart']);
});

test('a connector that does not exist is not found', async (t) => {
  const { supervisor } = await startGateway([definition('c')]);
  await t.throwsAsync(supervisor.command('__proto__', 'start', { wait: true }), {
    code: 'connector/not-found',
  });
  t.is(supervisor.connector('constructor'), undefined);
});

test('without waiting the status is answered at once', async (t) => {
  const { supervisor, reached } = await startGateway([definition('c')]);
  await reached('c', 'running');
  t.is((await supervisor.command('c', 'stop', { wait: false })).substate, 'draining');
  await reached('c', 'stopped');
});

test('an operator’s stop is remembered when the gateway starts again, until a start', async (t) => {
  const first = await startGateway([definition('c')]);
  await first.reached('c', 'running');
  await first.supervisor.command('c', 'stop', { wait: true });
  const second = await startGateway([definition('c')], { desired: first.desired });
  await second.actorReached('healthos', 'running');
  t.like(second.supervisor.connector('c'), { state: 'stopped', substate: 'byOperator', desired: 'off' });
  await second.supervisor.command('c', 'start', { wait: true });
  const third = await startGateway([definition('c')], { desired: first.desired });
  t.like(await third.reached('c', 'running'), { desired: 'on' });
});

test('a connector that is not enabled is idle until an operator starts it', async (t) => {
  const { supervisor, actorReached } = await startGateway([definition('c', { enabled: false })]);
  await actorReached('healthos', 'running');
  t.like(supervisor.connector('c'), { state: 'idle', substate: null, desired: 'off' });
  t.like(await supervisor.command('c', 'start', { wait: true }), { state: 'running', desired: 'on' });
});

test('a stop while the connector crashes again and again is not undone by its restarts', async (t) => {
  const { supervisor, reached } = await startGateway([definition('c')], {
    open: () => Object.assign(new FakeConnector(), { connect: () => rejecting(new TypeError('bug')) }),
  });
  await supervisor.command('c', 'stop', { wait: true });
  t.is((await reached('c', 'stopped')).substate, 'byOperator');
  await supervisor.command('c', 'stop', { wait: true });
  const { transitions } = await reached('c', 'stopped.byOperator');
  t.is(transitions.at(-1)?.to, 'stopped.byOperator');
});

test('the gateway is ready when the bus can store and the validator consumes, whatever a connector does', async (t) => {
  const { supervisor, actorReached, bus, validator } = await startGateway([definition('c')], {
    open: () => Object.assign(new FakeConnector(), { connect: () => rejecting(new TypeError('bug')) }),
  });
  t.false(supervisor.readiness().ready);
  await actorReached('validator', 'running');
  t.deepEqual(supervisor.readiness(), { ready: true, reasons: [] });
  bus.become('full', 'no room on the disk');
  t.deepEqual(supervisor.readiness().reasons, ['The bus is full: no room on the disk']);
  bus.become('ready', null);
  validator.end('validator/ended');
  await actorReached('validator', 'backoff');
  t.deepEqual(supervisor.readiness().reasons, ['The validator does not consume.']);
});

test('a bus that is down at start is tried again, and nothing begins before it is there', async (t) => {
  const bus = new FakeBus();
  bus.become('unavailable', 'no server');
  const { supervisor, actorReached, reached, clock } = await startGateway([definition('c')], { bus });
  await actorReached('healthos', 'starting.waiting');
  t.is(supervisor.state().state, 'starting');
  t.is(supervisor.connector('c')?.state, 'idle');
  t.true(supervisor.readiness().reasons.includes('The bus is unavailable: no server'));
  bus.become('ready', null);
  clock.increment(250);
  await reached('c', 'running');
});

test('shutdown drains connectors, then validator, then journal, and takes no more commands', async (t) => {
  const gateway = await startGateway([definition('c'), definition('off', { enabled: false })]);
  await gateway.reached('c', 'running');
  await gateway.actorReached('validator', 'running');
  await gateway.actorReached('journal', 'up.following');
  const shut = gateway.supervisor.shutdown();
  await t.throwsAsync(gateway.supervisor.command('c', 'start', { wait: true }), { code: 'bus/closed' });
  await shut;
  await gateway.supervisor.shutdown();
  t.is(gateway.supervisor.state().state, 'stopped');
  t.like(gateway.supervisor.connector('c'), { state: 'stopped', substate: 'ended', desired: 'on' });
  t.is(gateway.validator.stops, 1);
  t.is(gateway.journal.stops, 1);
  const order = gateway.supervisor.feed.since(0).map(({ actor, to }) => `${actor} ${to}`);
  const places = ['c stopped.ended', 'validator stopped', 'journal stopped', 'healthos stopped'].map((at) =>
    order.indexOf(at),
  );
  t.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  t.false(places.includes(-1));
});

test('shutdown works while the bus is still down', async (t) => {
  const bus = new FakeBus();
  bus.become('unavailable', 'no server');
  const { supervisor, actorReached } = await startGateway([definition('c')], { bus });
  await actorReached('healthos', 'starting.waiting');
  await supervisor.shutdown();
  t.is(supervisor.state().state, 'stopped');
});

test('messages are counted so that received is the sum of what became of them', async (t) => {
  const answers: (() => Promise<Receipt>)[] = [
    () => Promise.resolve(receipt('a')),
    () => Promise.resolve(receipt('a', true)),
    () => rejecting(new HealthosError('bus/timeout', 'Too slow.')),
    () => rejecting(new HealthosError('request/key-reused', 'Another body.')),
    () => rejecting(new TypeError('bug')),
  ];
  const connector = new FakeConnector();
  const { reached, supervisor } = await startGateway([definition('c')], {
    open: () => connector,
    ingest: () => answers.shift()?.() ?? rejecting(new Error('no more')),
  });
  await reached('c', 'running');
  await Promise.allSettled(Array.from({ length: 5 }, async () => connector.deliver?.(arrival)));
  const status = supervisor.connector('c');
  t.like(status?.counts, {
    received: 5,
    stored: 1,
    duplicate: 1,
    refused: 1,
    failed: 2,
    bytes: 2 * arrival.body.length,
  });
  t.truthy(status?.last_message_at);
});

test('a connector may deliver in the turn in which it begins to run', async (t) => {
  const connector = new FakeConnector();
  const delivered: unknown[] = [];
  connector.run = async (deliver) => {
    delivered.push(await deliver(arrival));
  };
  const { reached } = await startGateway([definition('c')], { open: () => connector });
  await reached('c', 'stopped.ended');
  t.is(delivered.length, 1);
});

test('the states that connectors show are those of the contract', async (t) => {
  const { supervisor, reached } = await startGateway([definition('c')]);
  await reached('c', 'running');
  await supervisor.command('c', 'restart', { wait: true });
  await supervisor.command('c', 'stop', { wait: true });
  await whenever(supervisor, () => supervisor.connector('c')?.state === 'stopped');
  const known = new Set<string>(connectorStates);
  const changes = supervisor.feed.since(0).filter(({ machine }) => machine === 'connector');
  t.true(changes.every(({ from, to }) => [from, to].every((state) => known.has(state.split('.', 1).join()))));
});
