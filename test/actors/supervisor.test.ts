/** The supervisor with connectors that behave and connectors that do not. */
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import { aborted, definition, FakeConnector, hang, rejecting, startGateway } from './gateway.ts';
import type { ConnectorStatus } from '../../src/actors/status.ts';
import type { Connector } from '../../src/connectors/connector.ts';

class Misbehaving extends FakeConnector {
  readonly #how: Partial<Connector>;

  constructor(how: Partial<Connector>) {
    super();
    this.#how = how;
  }

  override connect(signal: AbortSignal): Promise<void> {
    void super.connect(signal);
    return this.#how.connect?.(signal) ?? Promise.resolve();
  }

  override run(...args: Parameters<Connector['run']>): Promise<void> {
    this.calls.push('run');
    return this.#how.run?.(...args) ?? aborted(args[1]);
  }

  override close(): Promise<void> {
    void super.close();
    return this.#how.close?.() ?? Promise.resolve();
  }
}

const canary = 'PID|1||CANARY';

/** A gateway with a good connector and one that behaves so. */
async function withBad(how: Partial<Connector>) {
  const made: FakeConnector[] = [];
  const gateway = await startGateway([definition('good'), definition('bad')], {
    open: ({ id }) => {
      const connector = id === 'bad' ? new Misbehaving(how) : new FakeConnector();
      if (id === 'bad') made.push(connector);
      return connector;
    },
  });
  return { ...gateway, made };
}

const bugs: readonly (readonly [string, Partial<Connector>])[] = [
  ['throws in connect', { connect: () => raise(new TypeError(canary)) }],
  ['rejects in connect', { connect: () => rejecting(new TypeError(canary)) }],
  ['rejects with a string', { connect: () => rejecting(canary) }],
  ['rejects with undefined', { connect: () => rejecting(undefined) }],
  ['throws in run', { run: () => raise(new RangeError(canary)) }],
  ['rejects in run', { run: () => rejecting({ patient: canary }) }],
];

for (const [title, how] of bugs) {
  test(`a connector that ${title} is restarted within its intensity, then has failed, while others run on`, async (t) => {
    const { supervisor, reached, made, lines } = await withBad(how);
    const status = await reached('bad', 'stopped.failed');
    t.is(status.reason?.code, 'connector/failed');
    t.is(made.length, 4, 'each restart makes a new connector');
    t.is(supervisor.connector('good')?.substate, 'consuming');
    const restarts = status.transitions.filter(({ event }) => event === 'supervisor.restart');
    t.is(restarts.length, 4);
    t.true(restarts.every(({ reason }) => reason?.code === 'internal/bug'));
    t.false(JSON.stringify([supervisor.connectors(), supervisor.feed.since(0), lines()]).includes('CANARY'));
  });
}

test('a failure that time may mend leads to backoff with its reason and the time of the next try', async (t) => {
  let refused = 2;
  const { reached, clock } = await withBad({
    connect: () => {
      refused -= 1;
      return refused >= 0
        ? rejecting(new HealthosError('bus/unavailable', 'No route to the broker.'))
        : Promise.resolve();
    },
  });
  const first = await reached('bad', 'backoff');
  t.like(first, { attempt: 1, reason: { code: 'bus/unavailable', retryable: true } });
  t.is(Date.parse(first.next_retry_at ?? '') - Date.parse(first.since), 250);
  clock.increment(250);
  const second = await reached('bad', 'backoff');
  t.is(second.attempt, 2);
  clock.increment(500);
  t.like(await reached('bad', 'running'), { reason: null, next_retry_at: null });
});

test('a failure that somebody must mend has failed at once, and says why', async (t) => {
  const { reached } = await withBad({
    connect: () => rejecting(new HealthosError('config/invalid', 'The certificate has expired.')),
  });
  const status = await reached('bad', 'stopped.failed');
  t.deepEqual(status.reason, {
    code: 'config/invalid',
    message: 'The certificate has expired.',
    retryable: false,
  });
});

test('a source that ends for good stops its connector as ended, and releases it', async (t) => {
  const { reached, made } = await withBad({ run: () => Promise.resolve() });
  await reached('bad', 'stopped.ended');
  t.deepEqual(made[0]?.calls, ['connect', 'run', 'close']);
});

test('a connector that cannot be made has failed; mended and started, it runs', async (t) => {
  let mended = false;
  const gateway = await startGateway([definition('c')], {
    open: () => {
      if (mended) return new FakeConnector();
      throw new HealthosError('config/invalid', 'There is no such kind.');
    },
  });
  await gateway.reached('c', 'stopped.failed');
  mended = true;
  const status = await gateway.supervisor.command('c', 'start', { wait: true });
  t.like(status, { state: 'running', substate: 'consuming', reason: null });
});

test('a connector that hangs in connect and ignores the abort is left behind when it is restarted', async (t) => {
  let hanging = true;
  const { supervisor, reached, clock, made } = await withBad({
    connect: () => (hanging ? hang() : Promise.resolve()),
  });
  await reached('good', 'running');
  t.is(supervisor.connector('bad')?.state, 'connecting');
  hanging = false;
  const restarted = supervisor.command('bad', 'restart', { wait: true });
  while (supervisor.connector('bad')?.state !== 'running') {
    clock.increment(1000);
    await new Promise(setImmediate);
  }
  t.is((await restarted).substate, 'consuming');
  t.true(made.length > 1);
});

test('a connector whose run and close ignore everything is stopped by the limit, and no one waits for ever', async (t) => {
  const { supervisor, reached, clock, lines } = await withBad({ run: hang, close: hang });
  await reached('bad', 'running');
  const answers: ConnectorStatus[] = [];
  void supervisor.command('bad', 'stop', { wait: true }).then((status) => answers.push(status));
  while (answers.length === 0) {
    clock.increment(500);
    await new Promise(setImmediate);
  }
  t.like(answers[0], { state: 'stopped', substate: 'byOperator' });
  t.true(lines().some(({ msg }) => msg === 'connector.drain-forced'));
});

test('a connector whose close rejects is stopped all the same', async (t) => {
  const { supervisor, reached } = await withBad({ close: () => rejecting(new Error(canary)) });
  await reached('bad', 'running');
  t.is((await supervisor.command('bad', 'stop', { wait: true })).substate, 'byOperator');
});

test('an actor that errs by itself is restarted too', async (t) => {
  const open = new FakeConnector();
  const gateway = await startGateway([definition('c')], {
    open: () => open,
    // The machine calls it while it counts a failure: an action that throws errs the actor.
    random: () => raise(new Error('no entropy')),
  });
  await gateway.reached('c', 'running');
  open.connect = () => rejecting(new HealthosError('bus/unavailable', 'Gone.'));
  await gateway.supervisor.command('c', 'restart', { wait: true });
  const { transitions } = await gateway.reached('c', 'stopped.failed');
  t.is(transitions.filter(({ event }) => event === 'supervisor.restart').length, 4);
});

test('the feed carries every change with actor, from, to, event and reason, to logs, subscribers and the ring', async (t) => {
  const heard: string[] = [];
  const { supervisor, reached, lines } = await startGateway([definition('c')]);
  supervisor.feed.subscribe((change) =>
    heard.push(`${change.actor} ${change.from} ${change.to} ${change.event}`),
  );
  await reached('c', 'running');
  const changes = supervisor.feed.since(0);
  t.deepEqual(
    changes.map(({ id }) => id),
    changes.map((_, index) => index + 1),
  );
  const told = changes.map((change) => `${change.actor} ${change.from} ${change.to} ${change.event}`);
  t.true(told.includes('healthos starting.opening running openBus.done'));
  t.true(told.includes('c idle connecting connector.begin'));
  t.true(told.includes('c connecting running.consuming connect.done'));
  t.deepEqual(supervisor.feed.since(changes.length - 1), changes.slice(-1));
  const logged = lines().filter(({ msg }) => msg === 'actor.changed');
  t.is(logged.length, changes.length);
  t.is(heard.at(-1), told.at(-1));
});

test('a listener of the feed that throws disturbs no actor', async (t) => {
  const { supervisor, reached, lines } = await startGateway([definition('c')]);
  supervisor.feed.subscribe(() => raise(new Error(canary)));
  await reached('c', 'running');
  t.is((await supervisor.command('c', 'stop', { wait: true })).substate, 'byOperator');
  t.true(lines().some(({ msg }) => msg === 'feed.listener-failed'));
});

test('the tree of actors holds the root, its connectors, the validator and the journal', async (t) => {
  const { supervisor, reached, actorReached } = await startGateway([
    definition('one'),
    definition('validator'),
  ]);
  await reached('validator', 'running');
  await actorReached('journal', 'up.following');
  const tree = supervisor.actors();
  t.like(tree, { id: 'healthos', machine: 'healthos', state: 'running' });
  t.deepEqual(tree.children.map(({ id, machine }) => `${machine} ${id}`).sort(), [
    'connector one',
    'connector validator',
    'journal journal',
    'validator validator',
  ]);
  t.deepEqual(supervisor.state().state, 'running');
});

function raise(thrown: unknown): never {
  throw thrown;
}
