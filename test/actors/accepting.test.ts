/** What a connector that fetches is told of being accepted: each change once, for as long as it is in use. */
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import { arrival, definition, FakeConnector, hang, rejecting, startGateway } from './gateway.ts';
import type { ConnectorContext } from '../../src/connectors/connector.ts';

/** Listens from its birth on, as long as it is let. */
class Listening extends FakeConnector {
  readonly heard: boolean[] = [];
  readonly context: ConnectorContext;
  readonly end: () => void;

  constructor(context: ConnectorContext) {
    super();
    this.context = context;
    this.end = context.onAccepting((accepting) => {
      this.heard.push(accepting);
    });
  }
}

async function listening(change: (connector: Listening, nth: number) => void = () => undefined) {
  const made: Listening[] = [];
  const gateway = await startGateway([definition('c')], {
    open: (_definition, context) => {
      const connector = new Listening(context);
      made.push(connector);
      change(connector, made.length);
      return connector;
    },
  });
  const command = (name: 'start' | 'stop' | 'restart' | 'pause' | 'resume') =>
    gateway.supervisor.command('c', name, { wait: true });
  return { ...gateway, made, command };
}

test('each change is told once: running, paused, resumed, stopped', async (t) => {
  const { reached, made, command } = await listening();
  await reached('c', 'running');
  t.deepEqual(made[0]?.heard, [true]);
  await command('pause');
  await command('pause');
  t.deepEqual(made[0]?.heard, [true, false]);
  await command('resume');
  await command('stop');
  t.deepEqual(made[0]?.heard, [true, false, true, false]);
});

test('a failure and the connection that follows are changes as well', async (t) => {
  let fail = Promise.withResolvers<never>();
  const { reached, made, clock } = await listening((connector) => {
    connector.run = () => fail.promise;
  });
  await reached('c', 'running');
  fail.reject(new HealthosError('remote/unreachable', 'Gone.'));
  await reached('c', 'backoff');
  fail = Promise.withResolvers<never>();
  clock.increment(250);
  await reached('c', 'running');
  t.is(made.length, 1);
  t.deepEqual(made[0]?.heard, [true, false, true]);
});

test('a restart ends what the old connector listened to; the new one hears of its own life', async (t) => {
  const { reached, made, command } = await listening();
  await reached('c', 'running');
  await command('restart');
  await command('restart');
  t.deepEqual(
    made.map(({ heard }) => heard),
    [[true, false], [true, false], [true]],
  );
  t.deepEqual(
    made.map(({ context }) => context.accepting()),
    [false, false, true],
  );
});

test('a connector that was left behind because it hangs hears nothing more, even if it listens again', async (t) => {
  const { reached, made, clock, supervisor } = await listening((connector, nth) => {
    if (nth === 1) connector.connect = hang;
  });
  await reached('c', 'connecting');
  const restarted = supervisor.command('c', 'restart', { wait: true });
  while (supervisor.connector('c')?.state !== 'running') {
    clock.increment(1000);
    await new Promise(setImmediate);
  }
  await restarted;
  const late: boolean[] = [];
  const end = made[0]?.context.onAccepting((accepting) => late.push(accepting));
  await supervisor.command('c', 'pause', { wait: true });
  t.deepEqual([made[0]?.heard, late], [[], []]);
  t.notThrows(() => end?.());
  t.deepEqual(made.at(-1)?.heard, [true, false]);
});

test('a connector that crashed hears nothing more', async (t) => {
  const { reached, made } = await listening((connector, nth) => {
    if (nth === 1) connector.run = () => rejecting(new TypeError('a bug'));
  });
  await reached('c', 'running.consuming');
  while (made.length < 2) await new Promise(setImmediate);
  await reached('c', 'running.consuming');
  t.false(made[0]?.context.accepting());
  t.true(made[1]?.context.accepting());
});

test('who has ended listening hears nothing more, whoever else listens', async (t) => {
  const { reached, made, command } = await listening();
  await reached('c', 'running');
  const [connector] = made;
  const others: boolean[] = [];
  connector?.context.onAccepting((accepting) => others.push(accepting));
  connector?.end();
  connector?.end();
  await command('pause');
  t.deepEqual([connector?.heard, others], [[true], [false]]);
});

test('a listener that throws disturbs neither the actor nor other listeners', async (t) => {
  const { reached, made, command, lines } = await listening((connector) => {
    connector.context.onAccepting(() => {
      throw new Error('PID|1||CANARY');
    });
    connector.context.onAccepting((accepting) => connector.heard.push(accepting));
  });
  await reached('c', 'running');
  t.is((await command('pause')).substate, 'paused');
  t.deepEqual(made[0]?.heard, [true, true, false, false]);
  t.true(lines().some(({ msg, connector }) => msg === 'connector.listener-failed' && connector === 'c'));
  t.false(JSON.stringify(lines()).includes('CANARY'));
});

test('in the moment when it is told that it is accepted, it may deliver', async (t) => {
  const delivered: Promise<unknown>[] = [];
  const { reached, command, supervisor } = await listening((connector) => {
    connector.context.onAccepting((accepting) => {
      if (accepting && connector.deliver) delivered.push(connector.deliver(arrival));
    });
  });
  await reached('c', 'running');
  await command('pause');
  await command('resume');
  await Promise.all(delivered);
  t.is(delivered.length, 1);
  t.like(supervisor.connector('c')?.counts, { stored: 1, refused: 0 });
});
