/** Every transition of the connector's life, one at a time, without an actor. */
import test from 'ava';
import { initialTransition, transition } from 'xstate';
import { connectorMachine, retryWait } from '../../machines/index.ts';
import { stateName } from '../../src/actors/state-names.ts';
import { backoff, bug, done, erred, fix, retry } from './events.ts';
import type { SnapshotFrom } from 'xstate';
import type { ConnectorMachineEvent } from '../../machines/index.ts';

type Snapshot = SnapshotFrom<typeof connectorMachine>;
type Simple = Extract<ConnectorMachineEvent['type'], `connector.${string}`>;

const reason = { code: 'connector/stalled', message: 'No progress.', retryable: true };

function after(from: Snapshot, ...events: readonly ConnectorMachineEvent[]): Snapshot {
  return events.reduce((snapshot, event) => transition(connectorMachine, snapshot, event)[0], from);
}

function born(limits = backoff): Snapshot {
  return initialTransition(connectorMachine, { id: 'c', backoff: limits })[0];
}

function event(type: Simple): ConnectorMachineEvent {
  if (type === 'connector.giveUp' || type === 'connector.stalled') return { type, reason };
  return { type };
}

const timer = (delay: string, state: string): ConnectorMachineEvent =>
  // Timers are XState's own events, which the union of the machine's events does not name.
  ({ type: `xstate.after.${delay}.connector.${state}` }) as unknown as ConnectorMachineEvent;

const begin = event('connector.begin');
const connected = done('connect');
const at = {
  idle: () => born(),
  configuring: () => after(born(), event('connector.start')),
  opening: () => after(born(), begin),
  consuming: () => after(born(), begin, connected),
  paused: () => after(at.consuming(), event('connector.pause')),
  stalled: () => after(at.consuming(), event('connector.stalled')),
  beforeStop: () => after(at.consuming(), event('connector.stop')),
  beforeRestart: () => after(at.consuming(), event('connector.restart')),
  beforeEnd: () => after(at.consuming(), event('connector.shutdown')),
  backoff: () => after(at.opening(), erred('connect', retry())),
  byOperator: () => after(born(), event('connector.stop')),
  ended: () => after(at.consuming(), done('run')),
  failed: () => after(at.opening(), erred('connect', fix())),
};

/** from, event, to; `same` where nothing changes. */
const rows: readonly (readonly [keyof typeof at, ConnectorMachineEvent, string])[] = [
  ['idle', begin, 'connecting.opening'],
  ['idle', event('connector.start'), 'connecting.configuring'],
  ['idle', event('connector.restart'), 'connecting.configuring'],
  ['idle', event('connector.stop'), 'stopped.byOperator'],
  ['idle', event('connector.shutdown'), 'stopped.ended'],
  ['idle', event('connector.giveUp'), 'stopped.failed'],
  ['idle', event('connector.pause'), 'idle'],
  ['configuring', done('configure', backoff), 'connecting.opening'],
  ['configuring', erred('configure', retry()), 'backoff'],
  ['configuring', erred('configure', fix()), 'stopped.failed'],
  ['configuring', event('connector.restart'), 'connecting.configuring'],
  ['configuring', event('connector.stop'), 'stopped.byOperator'],
  ['configuring', event('connector.shutdown'), 'stopped.ended'],
  ['opening', connected, 'running.consuming'],
  ['opening', erred('connect', retry()), 'backoff'],
  ['opening', erred('connect', fix()), 'stopped.failed'],
  ['opening', timer('connectLimit', 'connecting.opening'), 'backoff'],
  ['opening', event('connector.restart'), 'connecting.configuring'],
  ['opening', event('connector.stop'), 'stopped.byOperator'],
  ['opening', event('connector.shutdown'), 'stopped.ended'],
  ['opening', event('connector.resume'), 'connecting.opening'],
  ['consuming', event('connector.pause'), 'running.paused'],
  ['consuming', event('connector.stalled'), 'running.stalled'],
  ['consuming', event('connector.stop'), 'running.draining.beforeStop'],
  ['consuming', event('connector.restart'), 'running.draining.beforeRestart'],
  ['consuming', event('connector.shutdown'), 'running.draining.beforeEnd'],
  ['consuming', done('run'), 'stopped.ended'],
  ['consuming', erred('run', retry()), 'backoff'],
  ['consuming', erred('run', fix()), 'stopped.failed'],
  ['paused', event('connector.resume'), 'running.consuming'],
  ['paused', event('connector.stop'), 'running.draining.beforeStop'],
  ['paused', event('connector.shutdown'), 'running.draining.beforeEnd'],
  ['paused', erred('run', retry()), 'backoff'],
  ['stalled', event('connector.progressed'), 'running.consuming'],
  ['stalled', event('connector.pause'), 'running.paused'],
  ['stalled', timer('stallLimit', 'running.stalled'), 'connecting.opening'],
  ['beforeStop', done('drain'), 'stopped.byOperator'],
  ['beforeStop', erred('drain', bug), 'stopped.byOperator'],
  ['beforeStop', timer('drainLimit', 'running.draining'), 'stopped.byOperator'],
  ['beforeStop', erred('run', retry()), 'running.draining.beforeStop'],
  ['beforeStop', erred('run', bug), 'running.draining.beforeStop'],
  ['beforeStop', done('run'), 'running.draining.beforeStop'],
  ['beforeStop', event('connector.start'), 'running.draining.beforeRestart'],
  ['beforeStop', event('connector.restart'), 'running.draining.beforeRestart'],
  ['beforeStop', event('connector.shutdown'), 'running.draining.beforeEnd'],
  ['beforeStop', event('connector.stop'), 'running.draining.beforeStop'],
  ['beforeStop', event('connector.pause'), 'running.draining.beforeStop'],
  ['beforeRestart', done('drain'), 'connecting.configuring'],
  ['beforeRestart', timer('drainLimit', 'running.draining'), 'connecting.configuring'],
  ['beforeRestart', event('connector.stop'), 'running.draining.beforeStop'],
  ['beforeRestart', event('connector.restart'), 'running.draining.beforeRestart'],
  ['beforeRestart', event('connector.shutdown'), 'running.draining.beforeEnd'],
  ['beforeEnd', done('drain'), 'stopped.ended'],
  ['beforeEnd', timer('drainLimit', 'running.draining'), 'stopped.ended'],
  ['beforeEnd', event('connector.start'), 'running.draining.beforeEnd'],
  ['beforeEnd', event('connector.restart'), 'running.draining.beforeEnd'],
  ['beforeEnd', event('connector.stop'), 'running.draining.beforeEnd'],
  ['backoff', timer('retryDelay', 'backoff'), 'connecting.opening'],
  ['backoff', event('connector.start'), 'connecting.configuring'],
  ['backoff', event('connector.restart'), 'connecting.configuring'],
  ['backoff', event('connector.stop'), 'stopped.byOperator'],
  ['backoff', event('connector.shutdown'), 'stopped.ended'],
  ['backoff', erred('release', bug), 'backoff'],
  ['byOperator', event('connector.start'), 'connecting.configuring'],
  ['byOperator', event('connector.restart'), 'connecting.configuring'],
  ['byOperator', begin, 'stopped.byOperator'],
  ['byOperator', event('connector.shutdown'), 'stopped.byOperator'],
  ['byOperator', erred('release', bug), 'stopped.byOperator'],
  ['ended', event('connector.start'), 'connecting.configuring'],
  ['ended', event('connector.stop'), 'stopped.byOperator'],
  ['failed', event('connector.start'), 'connecting.configuring'],
  ['failed', event('connector.restart'), 'connecting.configuring'],
  ['failed', event('connector.stop'), 'stopped.byOperator'],
];

for (const [from, given, to] of rows) {
  test(`${from} on ${given.type}${'error' in given ? ` (${kindOf(given.error)})` : ''} is ${to}`, (t) => {
    t.is(stateName(after(at[from](), given).value), to);
  });
}

const crashes: readonly (readonly [keyof typeof at, ConnectorMachineEvent])[] = [
  ['configuring', erred('configure', bug)],
  ['opening', erred('connect', bug)],
  ['consuming', erred('run', bug)],
  ['paused', erred('run', bug)],
];

for (const [from, crash] of crashes) {
  test(`a bug while ${from} makes the actor err, so that its supervisor restarts it`, (t) => {
    t.is(after(at[from](), crash).status, 'error');
  });
}

test('only running.consuming accepts messages', (t) => {
  const accepting = Object.entries(at).filter(([, snapshot]) => snapshot().hasTag('accepting'));
  t.deepEqual(
    accepting.map(([name]) => name),
    ['consuming'],
  );
});

test('each failure in a row is counted, and the wait doubles up to its ceiling', (t) => {
  let snapshot = at.opening();
  const waits: (number | null)[] = [];
  for (let failure = 0; failure < 7; failure += 1) {
    snapshot = after(snapshot, erred('connect', retry()));
    waits.push(snapshot.context.retryInMs);
    snapshot = after(snapshot, timer('retryDelay', 'backoff'));
  }
  t.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
  t.is(snapshot.context.attempt, 7);
  t.is(snapshot.context.retryInMs, null);
});

test('the attempts are forgotten only when it has run steadily', (t) => {
  const running = after(at.backoff(), timer('retryDelay', 'backoff'), connected);
  t.is(running.context.attempt, 1);
  t.is(after(running, timer('steady', 'running')).context.attempt, 0);
});

test('with a limit of attempts, the last failure is for good', (t) => {
  const limits = { ...backoff, max_attempts: 2 };
  const first = after(born(limits), begin, erred('connect', retry()));
  t.is(first.value, 'backoff');
  const again = after(first, timer('retryDelay', 'backoff'));
  t.is(stateName(after(again, erred('connect', retry())).value), 'stopped.failed');
  t.is(stateName(after(again, timer('connectLimit', 'connecting.opening')).value), 'stopped.failed');
});

test('the reason says why it waits or has failed, and is gone when it runs or an operator stopped it', (t) => {
  t.is(at.backoff().context.reason?.code, 'bus/unavailable');
  t.is(at.failed().context.reason?.code, 'config/invalid');
  t.is(at.stalled().context.reason?.code, 'connector/stalled');
  t.is(
    after(at.opening(), timer('connectLimit', 'connecting.opening')).context.reason?.code,
    'connector/timeout',
  );
  t.is(after(at.backoff(), timer('retryDelay', 'backoff'), connected).context.reason, null);
  t.is(after(at.failed(), event('connector.stop')).context.reason, null);
});

test('a definition that was read again brings its backoff, and the attempts begin anew', (t) => {
  const limits = { initial_ms: 10, max_ms: 20, max_attempts: 3 };
  const { context } = after(at.backoff(), event('connector.start'), done('configure', limits));
  t.deepEqual(context.backoff, limits);
  t.is(context.attempt, 0);
});

test('full jitter draws a share of the ceiling, and the other side’s wish is respected up to the ceiling of all', (t) => {
  const { context } = at.backoff();
  t.is(retryWait(context, retry(), 0), 0);
  t.is(retryWait(context, retry(), 0.5), 125);
  t.is(retryWait(context, retry(3000), 0), 3000);
  t.is(retryWait(context, retry(Infinity), 0), 5000);
});

function kindOf(error: unknown): string {
  return error === bug ? 'bug' : String((error as { failure?: { kind: string } }).failure?.kind);
}
