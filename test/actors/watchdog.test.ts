/** The watchdog of connectors that fetch: lag without movement becomes a state, and ends as one. */
import test, { type ExecutionContext } from 'ava';
import { createMetrics } from '../../src/metrics.ts';
import { arrival, definition, FakeConnector, hang, receipt, rejecting, startGateway } from './gateway.ts';
import type { Deliver } from '../../src/messages/envelope.ts';
import type { Gateway, Overrides } from './gateway.ts';

/** Fetches, and tells its lag as the test says. */
class Fetching extends FakeConnector {
  asked = 0;
  waiting: () => Promise<number | null> = () => Promise.resolve(0);

  lag(): Promise<number | null> {
    this.asked += 1;
    return this.waiting();
  }

  holds(lag: number | null): void {
    this.waiting = () => Promise.resolve(lag);
  }

  take(): ReturnType<Deliver> {
    if (!this.deliver) throw new Error('it does not run');
    return this.deliver(arrival);
  }
}

class Stubborn extends Fetching {
  override run(): Promise<never> {
    return hang();
  }
}

interface Watched extends Gateway {
  readonly source: Fetching;
  readonly made: readonly Fetching[];
  /** So many looks of the watchdog, two seconds apart. */
  readonly looks: (count: number) => Promise<void>;
  readonly shown: () => string;
  /** As Prometheus reads it. */
  readonly stalls: () => Promise<string | undefined>;
}

async function watched(overrides: Overrides = {}, source = new Fetching()): Promise<Watched> {
  const made: Fetching[] = [];
  const metrics = createMetrics();
  const gateway = await startGateway([definition('c')], {
    open: () => {
      const connector = made.length === 0 ? source : new Fetching();
      made.push(connector);
      return connector;
    },
    metrics,
    ...overrides,
  });
  await gateway.reached('c', 'running.consuming');
  return {
    ...gateway,
    source,
    made,
    async looks(count) {
      for (let look = 0; look < count; look += 1) {
        gateway.clock.increment(2_000);
        await new Promise(setImmediate);
      }
    },
    shown: () => {
      const { state, substate } = gateway.supervisor.connector('c') ?? {};
      return `${state}.${substate}`;
    },
    stalls: async () =>
      /^healthos_connector_stalls_total\{connector="c"\} (\d+)$/m.exec(await metrics.registry.metrics())?.[1],
  };
}

async function stalled(
  t: ExecutionContext,
  overrides: Overrides = {},
  source = new Fetching(),
): Promise<Watched> {
  const gateway = await watched(overrides, source);
  gateway.source.holds(7);
  await gateway.looks(6);
  t.is(gateway.shown(), 'running.stalled');
  return gateway;
}

test('the lag is asked every two seconds while it runs, and told once it is measured', async (t) => {
  const { supervisor, source, looks } = await watched();
  source.holds(3);
  t.is(source.asked, 0);
  t.is(supervisor.connector('c')?.lag, null);
  await looks(1);
  t.is(supervisor.connector('c')?.lag, 3);
  source.holds(5);
  await looks(2);
  t.is(supervisor.connector('c')?.lag, 5);
  t.is(source.asked, 3);
});

test('messages that wait for ten seconds while none moves make it stalled, which is said and counted', async (t) => {
  const { source, looks, shown, supervisor, stalls, lines } = await watched();
  t.is(await stalls(), '0');
  source.holds(7);
  await looks(5);
  t.is(shown(), 'running.consuming');
  await looks(1);
  t.is(shown(), 'running.stalled');
  const status = supervisor.connector('c');
  t.like(status, { lag: 7, reason: { code: 'connector/stalled', retryable: true } });
  t.regex(
    status?.reason?.message ?? '',
    /^Messages wait at the source \(7\), and none has come through since \d{4}-.*Z\.$/,
  );
  await looks(3);
  t.is(await stalls(), '1');
  t.true(lines().some(({ msg, to }) => msg === 'actor.changed' && to === 'running.stalled'));
});

test('a stalled connector that makes no progress connects anew, and is watched again', async (t) => {
  const { source, looks, shown, stalls, supervisor } = await stalled(t);
  await looks(14);
  t.is(shown(), 'running.stalled');
  await looks(1);
  t.is(shown(), 'running.consuming');
  t.deepEqual(source.calls, ['connect', 'run', 'connect', 'run']);
  t.is(supervisor.connector('c')?.lag, null);
  t.is(supervisor.connector('c')?.reason, null);
  await looks(6);
  t.is(shown(), 'running.stalled');
  t.is(await stalls(), '2');
});

test('a stalled connector whose run ignores the abort is left behind for a new one', async (t) => {
  const { made, looks, shown } = await stalled(t, {}, new Stubborn());
  await looks(15);
  t.is(shown(), 'connecting.null');
  await looks(1);
  t.is(made.length, 2);
  t.is(shown(), 'running.consuming');
});

test('one message ends it, and is taken in', async (t) => {
  const { source, looks, shown, supervisor } = await stalled(t);
  t.is((await source.take()).dataId, 'id');
  t.is(shown(), 'running.consuming');
  t.like(supervisor.connector('c'), { reason: null, counts: { stored: 1, refused: 0 } });
  source.holds(0);
  await looks(1);
  t.is(shown(), 'running.consuming');
});

test('nothing that waits any more ends it too', async (t) => {
  const { source, looks, shown } = await stalled(t);
  source.holds(0);
  await looks(1);
  t.is(shown(), 'running.consuming');
});

const moving: readonly (readonly [string, (gateway: Watched, look: number) => void, Overrides?])[] = [
  ['stores', ({ source }) => void source.take()],
  [
    'brings duplicates',
    ({ source }) => void source.take(),
    { ingest: () => Promise.resolve(receipt('id', true)) },
  ],
  ['waits for a bus that hangs', ({ source }) => void source.take(), { ingest: () => hang() }],
  ['has a lag that shrinks', ({ source }, look) => source.holds(1000 - look)],
];

for (const [title, move, overrides] of moving) {
  test(`a connector that ${title} is not stalled`, async (t) => {
    const gateway = await watched(overrides);
    gateway.source.holds(1000);
    for (let look = 1; look < 20; look += 1) {
      move(gateway, look);
      await gateway.looks(1);
      t.is(gateway.shown(), 'running.consuming');
    }
  });
}

test('messages that move now and then are enough', async (t) => {
  const { source, looks, shown } = await watched();
  source.holds(7);
  for (let time = 0; time < 5; time += 1) {
    await looks(5);
    t.is(shown(), 'running.consuming');
    await source.take();
  }
});

const unknown: readonly (readonly [string, () => Promise<number | null>])[] = [
  ['rejects', () => rejecting(new Error('PID|1||CANARY'))],
  ['throws', () => raise(new Error('PID|1||CANARY'))],
  ['cannot tell', () => Promise.resolve(null)],
  ['is no number', () => Promise.resolve(NaN)],
  ['is negative', () => Promise.resolve(-1)],
];

for (const [title, waiting] of unknown) {
  test(`a lag that ${title} is unknown: it proves nothing, and disturbs nothing`, async (t) => {
    const { source, looks, shown, supervisor, lines } = await watched();
    source.waiting = waiting;
    await looks(20);
    t.is(shown(), 'running.consuming');
    t.is(supervisor.connector('c')?.lag, null);
    t.is(source.asked, 20);
    t.false(JSON.stringify(lines()).includes('CANARY'));
  });
}

test('a lag that hangs is not asked a second time, and what waited before still waits', async (t) => {
  const { source, looks, shown, supervisor } = await watched();
  source.holds(7);
  await looks(1);
  source.waiting = hang;
  await looks(4);
  t.is(shown(), 'running.consuming');
  t.is(supervisor.connector('c')?.lag, 7);
  await looks(1);
  t.is(shown(), 'running.stalled');
  t.is(source.asked, 2);
});

test('what is answered after the connector was paused counts for nothing', async (t) => {
  const { source, looks, supervisor } = await watched();
  const late = Promise.withResolvers<number>();
  source.waiting = () => late.promise;
  await looks(1);
  await supervisor.command('c', 'pause', { wait: true });
  late.resolve(7);
  await looks(20);
  t.is(supervisor.connector('c')?.lag, null);
  t.is(source.asked, 1);
});

test('nothing is asked while it is paused; afterwards it is watched from the beginning', async (t) => {
  const { source, looks, shown, supervisor } = await watched();
  source.holds(7);
  await looks(5);
  await supervisor.command('c', 'pause', { wait: true });
  t.is(supervisor.connector('c')?.lag, null);
  await looks(20);
  t.is(source.asked, 5);
  t.is(shown(), 'running.paused');
  await supervisor.command('c', 'resume', { wait: true });
  await looks(5);
  t.is(shown(), 'running.consuming');
  await looks(1);
  t.is(shown(), 'running.stalled');
});

test('a stalled connector can be paused, resumed, stopped and started', async (t) => {
  const { supervisor } = await stalled(t);
  t.like(await supervisor.command('c', 'pause', { wait: true }), { substate: 'paused', reason: null });
  t.is((await supervisor.command('c', 'resume', { wait: true })).substate, 'consuming');
  const other = await stalled(t);
  t.is((await other.supervisor.command('c', 'stop', { wait: true })).substate, 'byOperator');
  t.is((await other.supervisor.command('c', 'start', { wait: true })).substate, 'consuming');
});

test('no timer is left when it has stopped, nor one for a connector that has no lag', async (t) => {
  const timers = new Set<unknown>();
  const clock = {
    setTimeout(callback: () => void, ms: number) {
      const timer = setTimeout(callback, ms);
      if (ms === 2_000) timers.add(timer);
      return timer;
    },
    clearTimeout(timer: NodeJS.Timeout) {
      clearTimeout(timer);
      timers.delete(timer);
    },
  };
  const gateway = await startGateway([definition('fetching'), definition('listening')], {
    clock,
    open: ({ id }) => (id === 'fetching' ? new Fetching() : new FakeConnector()),
  });
  await gateway.reached('fetching', 'running.consuming');
  await gateway.reached('listening', 'running.consuming');
  t.is(timers.size, 1);
  await gateway.supervisor.command('fetching', 'stop', { wait: true });
  t.is(timers.size, 0);
  await gateway.supervisor.shutdown();
});

function raise(thrown: unknown): never {
  throw thrown;
}
