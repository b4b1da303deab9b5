/** Connectors that fetch, through the faults of their source: one owner of retries, and none that holds up another. */
import test from 'ava';
import { HealthosError, type ErrorCode } from '../../src/errors.ts';
import { asActorFailure } from '../../src/actors/failures.ts';
import { aborted, arrival, definition, FakeConnector, hang, rejecting, startGateway } from './gateway.ts';
import type { ConnectorDefinition } from '../../src/config/definition.ts';
import type { Connector } from '../../src/connectors/connector.ts';

/** A connector of which a part is as the test says. */
function fake(how: Partial<Connector>): FakeConnector {
  return Object.assign(new FakeConnector(), how);
}

const error = (code: ErrorCode, retryAfter?: number) =>
  new HealthosError(code, 'Said in words.', retryAfter === undefined ? {} : { retryAfter });

test('whatever each does at start, the others run', async (t) => {
  const bad: Readonly<Record<string, Partial<Connector>>> = {
    hangs: { connect: hang },
    throws: {
      connect: () => {
        throw new TypeError('a bug');
      },
    },
    retry: { connect: () => rejecting(error('remote/unreachable')) },
    patient: { connect: () => rejecting(error('remote/unknown-topic', Infinity)) },
    fix: { connect: () => rejecting(error('remote/credentials')) },
    bug: { connect: () => rejecting(new RangeError('a bug')) },
    runs: { run: () => rejecting(error('remote/undecodable')) },
  };
  const ids = ['first', ...Object.keys(bad), 'last'];
  const { reached, supervisor } = await startGateway(
    ids.map((id) => definition(id)),
    { open: ({ id }) => fake(bad[id] ?? {}) },
  );
  await reached('first', 'running.consuming');
  await reached('last', 'running.consuming');
  t.is((await reached('hangs', 'connecting')).reason, null);
  t.is((await reached('throws', 'stopped.failed')).reason?.code, 'connector/failed');
  t.is((await reached('retry', 'backoff')).reason?.code, 'remote/unreachable');
  t.is((await reached('patient', 'backoff')).reason?.code, 'remote/unknown-topic');
  t.is((await reached('fix', 'stopped.failed')).reason?.code, 'remote/credentials');
  t.is((await reached('bug', 'stopped.failed')).reason?.code, 'connector/failed');
  t.is((await reached('runs', 'stopped.failed')).reason?.code, 'remote/undecodable');
  t.true(supervisor.readiness().ready);
});

test('what only time or an operator mends is tried again at the ceiling, which the status tells', async (t) => {
  let known = false;
  const { reached, clock, supervisor } = await startGateway([definition('c')], {
    // Full jitter would draw no wait at all; what was asked for is waited for all the same.
    random: () => 0,
    open: () =>
      fake({
        connect: () => (known ? Promise.resolve() : rejecting(error('remote/unknown-topic', Infinity))),
      }),
  });
  for (const attempt of [1, 2, 3]) {
    const status = await reached('c', 'backoff');
    t.like(status, {
      attempt,
      reason: { code: 'remote/unknown-topic', message: 'Said in words.', retryable: true },
    });
    t.is(Date.parse(status.next_retry_at ?? '') - Date.parse(status.since), 5_000);
    t.deepEqual(JSON.parse(JSON.stringify(status)), status);
    known = attempt === 3;
    clock.increment(4_999);
    t.is(supervisor.connector('c')?.state, 'backoff');
    clock.increment(1);
  }
  await reached('c', 'running.consuming');
  t.pass();
});

test('a wait without end is a number that JSON can write', (t) => {
  const { failure } = asActorFailure(error('remote/unknown-stream', Infinity));
  t.deepEqual(JSON.parse(JSON.stringify(failure)), failure);
  t.is(asActorFailure(error('remote/unreachable')).failure.retryAfterMs, null);
  t.is(asActorFailure(error('remote/unreachable', 2)).failure.retryAfterMs, 2_000);
});

test('a fault that somebody must mend is said in its words; start reads the mended definition and runs', async (t) => {
  const wrong = definition('c', { config: { type: 'Fake', password: 'wrong' } });
  const right = definition('c', { config: { type: 'Fake', password: 'right' } });
  const opened: unknown[] = [];
  const { reached, supervisor } = await startGateway([wrong], {
    open: ({ config }: ConnectorDefinition) => {
      opened.push(config['password']);
      return config['password'] === 'right'
        ? new FakeConnector()
        : fake({ connect: () => rejecting(error('remote/credentials')) });
    },
    reloadConnector: () => Promise.resolve({ definition: right, origins: new Map() }),
  });
  const failed = await reached('c', 'stopped.failed');
  t.deepEqual(failed.reason, {
    code: 'remote/credentials',
    message: 'Said in words.',
    retryable: false,
  });
  t.is(failed.next_retry_at, null);
  t.like(await supervisor.command('c', 'start', { wait: true }), {
    state: 'running',
    substate: 'consuming',
    reason: null,
  });
  t.deepEqual(opened, ['wrong', 'right']);
});

test('a definition that still cannot be read has failed with its mistake, and can be started again', async (t) => {
  let mended = false;
  const one = definition('c');
  const { reached, supervisor } = await startGateway([one], {
    reloadConnector: () =>
      mended ? Promise.resolve({ definition: one, origins: new Map() }) : rejecting(error('config/invalid')),
  });
  await reached('c', 'running');
  t.like(await supervisor.command('c', 'restart', { wait: true }), {
    substate: 'failed',
    reason: { code: 'config/invalid', message: 'Said in words.' },
  });
  mended = true;
  t.is((await supervisor.command('c', 'start', { wait: true })).substate, 'consuming');
});

test('what the bus refuses leads to backoff, and the next run is given the message again', async (t) => {
  let full = true;
  const { reached, clock, supervisor } = await startGateway([definition('c')], {
    ingest: () =>
      full
        ? rejecting(error('bus/full'))
        : Promise.resolve({ dataId: 'id', format: null, contentType: null, duplicate: false }),
    open: () =>
      fake({
        run: async (deliver, signal) => {
          await deliver(arrival);
          await aborted(signal);
        },
      }),
  });
  t.like(await reached('c', 'backoff'), { reason: { code: 'bus/full' }, counts: { failed: 1 } });
  full = false;
  clock.increment(250);
  await reached('c', 'running.consuming');
  while (supervisor.connector('c')?.counts.stored === 0) await new Promise(setImmediate);
  t.like(supervisor.connector('c')?.counts, { received: 2, stored: 1, failed: 1 });
});

test('a source that ends without being told to has ended, and is not connected again', async (t) => {
  const source = Promise.withResolvers<undefined>();
  const connector = fake({ run: () => source.promise });
  const { reached, clock, supervisor } = await startGateway([definition('c')], { open: () => connector });
  await reached('c', 'running');
  source.resolve(undefined);
  t.is((await reached('c', 'stopped.ended')).reason, null);
  clock.increment(60_000);
  t.is(supervisor.connector('c')?.substate, 'ended');
  t.deepEqual(connector.calls, ['connect', 'close']);
});

test('one that ignores the abort does not hold up the end of the gateway beyond the limit', async (t) => {
  const { reached, clock, supervisor, lines } = await startGateway([definition('slow'), definition('good')], {
    open: ({ id }) => (id === 'slow' ? fake({ run: hang, close: hang }) : new FakeConnector()),
  });
  await reached('slow', 'running');
  await reached('good', 'running');
  const over: string[] = [];
  void supervisor.shutdown().then(() => over.push('over'));
  await reached('good', 'stopped.ended');
  t.is(supervisor.connector('slow')?.substate, 'draining');
  let waited = 0;
  for (; over.length === 0; waited += 500) {
    clock.increment(500);
    await new Promise(setImmediate);
  }
  t.true(waited <= 5_500, `${waited} ms`);
  t.is(supervisor.connector('slow')?.substate, 'ended');
  t.true(lines().some(({ msg, connector }) => msg === 'connector.drain-forced' && connector === 'slow'));
});

test('what it had in hand when it was told to drain is taken in, and what it fetches then is refused', async (t) => {
  const bus = Promise.withResolvers<undefined>();
  const connector = new FakeConnector();
  const { reached, supervisor } = await startGateway([definition('c')], {
    open: () => connector,
    ingest: () =>
      bus.promise.then(() => ({ dataId: 'id', format: null, contentType: null, duplicate: false })),
  });
  await reached('c', 'running');
  while (!connector.deliver) await new Promise(setImmediate);
  const inHand = connector.deliver(arrival);
  const stopped = supervisor.command('c', 'stop', { wait: true });
  await reached('c', 'running.draining');
  await t.throwsAsync(connector.deliver(arrival), { code: 'connector/not-consuming' });
  bus.resolve(undefined);
  t.is((await inHand).dataId, 'id');
  t.like(await stopped, { substate: 'byOperator', counts: { stored: 1, refused: 1 } });
});
