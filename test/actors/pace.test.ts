/** Rate limits of connectors that fetch: they wait for their turn, and whatever ends them ends the wait. */
import test from 'ava';
import { systemClock } from '../../src/actors/clock.ts';
import { createPace } from '../../src/actors/pace.ts';
import { arrival, definition, FakeConnector, receipt, startGateway } from './gateway.ts';
import type { ConnectorContext } from '../../src/connectors/connector.ts';
import type { RateLimit } from '../../src/config/definition.ts';
import type { Receipt } from '../../src/messages/envelope.ts';

/** So slow that no test sees the third message come by itself. */
const SLOW: RateLimit = { per_second: 0.001, burst: 2 };

class Fetching extends FakeConnector {
  readonly context: ConnectorContext;

  constructor(context: ConnectorContext) {
    super();
    this.context = context;
  }

  lag(): Promise<number> {
    return Promise.resolve(7);
  }
}

/** A connector that has been given five messages, of which two have been taken in. */
async function paced() {
  const made: Fetching[] = [];
  let limit: RateLimit | undefined = SLOW;
  const gateway = await startGateway([definition('c', { rate_limit: SLOW })], {
    open: (_definition, context) => {
      const connector = new Fetching(context);
      made.push(connector);
      return connector;
    },
    reloadConnector: () =>
      Promise.resolve({ definition: definition('c', { rate_limit: limit }), origins: new Map() }),
  });
  await gateway.reached('c', 'running.consuming');
  while (!made[0]?.deliver) await new Promise(setImmediate);
  const { deliver } = made[0];
  const taking = Array.from({ length: 5 }, () => deliver(arrival));
  await Promise.all(taking.slice(0, 2));
  return {
    ...gateway,
    made,
    taking,
    counts: () => gateway.supervisor.connector('c')?.counts,
    mend: (next: RateLimit | undefined) => (limit = next),
  };
}

test('messages pass in the order of their coming', async (t) => {
  const pace = createPace({ per_second: 1000, burst: 3 }, systemClock);
  const passed: number[] = [];
  await Promise.all(Array.from({ length: 20 }, (_, at) => pace.turn().then(() => passed.push(at))));
  t.deepEqual(
    passed,
    Array.from({ length: 20 }, (_, at) => at),
  );
});

test('what comes beyond the limit waits, and a connector that waits for its turn is not stalled', async (t) => {
  const { clock, supervisor, counts, made } = await paced();
  for (let look = 0; look < 20; look += 1) {
    clock.increment(2_000);
    await new Promise(setImmediate);
    t.is(supervisor.connector('c')?.substate, 'consuming');
  }
  t.like(supervisor.connector('c'), { lag: 7, reason: null });
  t.like(counts(), { received: 2, stored: 2 });
  t.deepEqual(made[0]?.calls, ['connect', 'run']);
  await supervisor.shutdown();
});

for (const command of ['pause', 'stop', 'restart'] as const) {
  test(`${command} ends the wait at once: what had passed the gate is taken in`, async (t) => {
    const { supervisor, counts, taking } = await paced();
    await supervisor.command('c', command, { wait: true });
    await Promise.all(taking);
    t.like(counts(), { stored: 5, refused: 0 });
    await supervisor.shutdown();
  });
}

test('the end of the gateway ends the wait at once', async (t) => {
  const { supervisor, counts, taking } = await paced();
  await supervisor.shutdown();
  await Promise.all(taking);
  t.like(counts(), { stored: 5 });
});

test('a connector that has to end lets pass what waits', async (t) => {
  const { supervisor, made, taking, counts } = await paced();
  made[0]?.context.hurry();
  await Promise.all(taking);
  t.like(counts(), { stored: 5 });
  await supervisor.shutdown();
});

test('a limit that was changed in the file holds from the next start on', async (t) => {
  const { supervisor, made, mend } = await paced();
  mend(undefined);
  await supervisor.command('c', 'restart', { wait: true });
  while (!made[1]?.deliver) await new Promise(setImmediate);
  const { deliver } = made[1];
  t.is((await Promise.all(Array.from({ length: 100 }, () => deliver(arrival)))).length, 100);
  await supervisor.shutdown();
});

test('a pause does not fill the bucket anew', async (t) => {
  const { supervisor, made, taking } = await paced();
  await supervisor.command('c', 'pause', { wait: true });
  await Promise.all(taking);
  await supervisor.command('c', 'resume', { wait: true });
  let stored: Receipt | undefined;
  void made[0]?.deliver?.(arrival).then((answer) => (stored = answer));
  await new Promise(setImmediate);
  t.is(stored, undefined);
  await supervisor.shutdown();
});

test('a connector that is sent to is not made to wait: it has a sender to tell', async (t) => {
  const connector = new FakeConnector();
  const { supervisor, reached } = await startGateway([definition('c', { rate_limit: SLOW })], {
    open: () => connector,
    ingest: () => Promise.resolve(receipt('id')),
  });
  await reached('c', 'running.consuming');
  while (!connector.deliver) await new Promise(setImmediate);
  const { deliver } = connector;
  t.is((await Promise.all(Array.from({ length: 5 }, () => deliver(arrival)))).length, 5);
  await supervisor.shutdown();
});
