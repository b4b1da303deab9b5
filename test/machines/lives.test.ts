/** What takes time, under a clock that the test moves: backoff, limits, restart intensity. */
import test from 'ava';
import { createActor, fromPromise, SimulatedClock, waitFor } from 'xstate';
import {
  connectorActorId,
  connectorMachine,
  healthosMachine,
  journalMachine,
  validatorMachine,
} from '../../machines/index.ts';
import { stateName } from '../../src/actors/state-names.ts';
import { backoff, bug, fix, retry } from './events.ts';
import type {
  Actor,
  ActorRefFrom,
  AnyActorRef,
  AnyMachineSnapshot,
  NonReducibleUnknown,
  StateValue,
} from 'xstate';
import type { ConnectorInput } from '../../machines/index.ts';

const never = <Input extends NonReducibleUnknown>() => fromPromise<unknown, Input>(hanging);
const soon = <Input extends NonReducibleUnknown>() => fromPromise<unknown, Input>(() => Promise.resolve());
const failing = (error: () => unknown) => fromPromise<unknown>(() => rejection(error()));
const input = { id: 'c', backoff };

test('a connector that cannot connect tries again after each wait, ever later', async (t) => {
  let tries = 0;
  const connect = fromPromise<unknown, Of>(() => {
    tries += 1;
    return rejection(retry());
  });
  const { actor, clock } = begun({ connect, release: soon() });
  for (const wait of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    await reached(actor, 'backoff');
    clock.increment(wait - 1);
    t.is(stateName(actor.getSnapshot().value), 'backoff');
    clock.increment(1);
  }
  await reached(actor, 'backoff');
  t.is(tries, 8);
});

test('a connection that is not made within the limit is tried again', async (t) => {
  const { actor, clock } = begun({ connect: never(), release: never() });
  clock.increment(9_999);
  t.is(stateName(actor.getSnapshot().value), 'connecting.opening');
  clock.increment(1);
  t.is(stateName(actor.getSnapshot().value), 'backoff');
  clock.increment(250);
  t.is(stateName(actor.getSnapshot().value), 'connecting.opening');
  await Promise.resolve();
});

test('a connector that does not drain within the limit is stopped all the same', async (t) => {
  const aborted = Promise.withResolvers<undefined>();
  const run = fromPromise<unknown, Of>(
    ({ signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => aborted.resolve(undefined));
      }),
  );
  const { actor, clock } = begun({ connect: soon(), run, drain: never(), release: soon() });
  await reached(actor, 'running.consuming');
  actor.send({ type: 'connector.stop' });
  clock.increment(4_499);
  t.is(stateName(actor.getSnapshot().value), 'running.draining.beforeStop');
  clock.increment(1);
  t.is(stateName(actor.getSnapshot().value), 'stopped.byOperator');
  await aborted.promise;
});

test('a stalled connector reconnects unless it makes progress', async (t) => {
  const { actor, clock } = begun({ connect: soon(), run: never() });
  await reached(actor, 'running.consuming');
  const reason = { code: 'connector/stalled', message: 'No progress.', retryable: true };
  actor.send({ type: 'connector.stalled', reason });
  clock.increment(29_999);
  actor.send({ type: 'connector.progressed' });
  clock.increment(60_000);
  t.is(stateName(actor.getSnapshot().value), 'running.consuming');
  actor.send({ type: 'connector.stalled', reason });
  clock.increment(30_000);
  t.is(stateName(actor.getSnapshot().value), 'connecting.opening');
});

test('a connector is restarted as often as its intensity allows within the period, then given up', async (t) => {
  let starts = 0;
  const { actor, childReached } = root(() => {
    starts += 1;
    return rejection(bug);
  });
  await childReached('bad', 'stopped.failed');
  await childReached('good', 'running.consuming');
  t.is(starts, 4);
  const { reason } = connector(actor, 'bad').getSnapshot().context;
  t.is(reason?.code, 'connector/failed');
  t.regex(reason?.message ?? '', /restarted 3 times within 5 s/);
  t.is(actor.getSnapshot().value, 'running');
});

test('a restart that is longer ago than the period counts no more', async (t) => {
  const attempts: PromiseWithResolvers<never>[] = [];
  const { actor, clock, childReached } = root(() => {
    const attempt = Promise.withResolvers<never>();
    attempts.push(attempt);
    return attempt.promise;
  });
  await childReached('good', 'running.consuming');
  for (let crashes = 1; crashes <= 6; crashes += 1) {
    const replaced = connector(actor, 'bad');
    attempts.at(-1)?.reject(bug);
    await waitFor(actor, () => connector(actor, 'bad') !== replaced);
    t.is(stateName(connector(actor, 'bad').getSnapshot().value), 'connecting.opening');
    clock.increment(5_000);
  }
  t.is(attempts.length, 7);
});

test('a fault that no retry mends fails one connector at once, and no other', async (t) => {
  const { childReached } = root(() => rejection(fix()));
  await childReached('bad', 'stopped.failed');
  await childReached('good', 'running.consuming');
  t.pass();
});

test('the gateway opens the bus again and again, and begins its parts only then', async (t) => {
  let tries = 0;
  const openBus = fromPromise<unknown>(() => {
    tries += 1;
    return tries < 4 ? rejection(retry()) : Promise.resolve();
  });
  const { actor, clock, childReached } = root(() => hanging(), openBus);
  for (const wait of [250, 500, 1000]) {
    await reached(actor, 'starting.waiting');
    t.is(connector(actor, 'good').getSnapshot().value, 'idle');
    clock.increment(wait);
  }
  await reached(actor, 'running');
  await childReached('good', 'running.consuming');
  t.pass();
});

test('each part has a limit when the gateway stops, under eight seconds together', async (t) => {
  const { actor, clock } = root(() => hanging());
  await reached(actor, 'running');
  actor.send({ type: 'healthos.shutdown' });
  const limits = [
    ['draining.connectors', 5000],
    ['draining.validator', 1500],
    ['draining.journal', 1000],
  ] as const;
  for (const [state, limit] of limits) {
    t.is(stateName(actor.getSnapshot().value), state);
    clock.increment(limit);
  }
  t.is(actor.getSnapshot().value, 'stopped');
  t.is(actor.getSnapshot().status, 'done');
});

test('the validator is started again for ever, at last at the ceiling of its backoff', async (t) => {
  const clock = new SimulatedClock();
  const machine = validatorMachine.provide({
    actors: { start: failing(() => bug), watch: never(), stop: soon() },
  });
  const actor = createActor(machine, { clock, input: { backoff } }).start();
  for (const wait of [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]) {
    await reached(actor, 'backoff');
    clock.increment(wait - 1);
    t.is(actor.getSnapshot().value, 'backoff');
    clock.increment(1);
    t.is(actor.getSnapshot().value, 'starting');
  }
});

test('a validator that does not stop within the limit is left', async (t) => {
  const clock = new SimulatedClock();
  const machine = validatorMachine.provide({ actors: { start: soon(), watch: never(), stop: never() } });
  const actor = createActor(machine, { clock, input: { backoff } }).start();
  await reached(actor, 'running');
  actor.send({ type: 'validator.stop' });
  clock.increment(1_400);
  t.is(actor.getSnapshot().value, 'stopped');
});

test('a journal that ends while it rebuilds is opened again', async (t) => {
  const clock = new SimulatedClock();
  const machine = journalMachine.provide({
    actors: { open: soon(), catchUp: never(), watch: failing(retry), close: soon() },
  });
  const actor = createActor(machine, { clock, input: { backoff } }).start();
  await reached(actor, 'backoff');
  t.is(actor.getSnapshot().context.reason?.code, 'bus/unavailable');
  clock.increment(250);
  t.is(actor.getSnapshot().value, 'opening');
});

type Of = Pick<ConnectorInput, 'id'>;
type ConnectorActors = NonNullable<Parameters<typeof connectorMachine.provide>[0]['actors']>;

function begun(actors: ConnectorActors): { actor: Actor<typeof connectorMachine>; clock: SimulatedClock } {
  const clock = new SimulatedClock();
  const actor = createActor(connectorMachine.provide({ actors }), { clock, input }).start();
  actor.send({ type: 'connector.begin' });
  return { actor, clock };
}

/** The gateway with two connectors: `good`, which runs, and `bad`, which connects as it is told. */
function root(connectBad: () => Promise<unknown>, openBus = soon()) {
  const clock = new SimulatedClock();
  const machine = healthosMachine.provide({
    actors: {
      connector: connectorMachine.provide({
        actors: {
          connect: fromPromise(({ input: { id } }) => (id === 'good' ? Promise.resolve() : connectBad())),
          run: never(),
          release: soon(),
        },
      }),
      openBus,
      validator: validatorMachine.provide({ actors: { start: never() } }),
      journal: journalMachine.provide({ actors: { open: never() } }),
      drainConnectors: never(),
      stopValidator: never(),
      stopJournal: never(),
    },
  });
  const supervised = { wanted: 'on', byOperator: false, backoff, intensity: 3, periodMs: 5_000 } as const;
  const connectors = ['good', 'bad'].map((id) => ({ id, ...supervised }));
  const looks = new Set<() => void>();
  const inspect = () => looks.forEach((look) => look());
  const actor = createActor(machine, { clock, inspect, input: { backoff, connectors } }).start();
  return { actor, clock, childReached };

  /** Waits for the connector to come into the state, in whichever of the actors that follow each other under its id. */
  function childReached(id: string, state: string): Promise<void> {
    return new Promise((resolve) => {
      looks.add(() => {
        if (stateName(connector(actor, id).getSnapshot().value).startsWith(state)) resolve();
      });
      inspect();
    });
  }
}

function connector(actor: Actor<typeof healthosMachine>, id: string): ActorRefFrom<typeof connectorMachine> {
  // Under this id the root keeps no other machine.
  return actor.getSnapshot().children[connectorActorId(id)] as ActorRefFrom<typeof connectorMachine>;
}

async function reached(actor: AnyActorRef, state: string): Promise<void> {
  await waitFor(actor, ({ value }: AnyMachineSnapshot) => stateName(value as StateValue).startsWith(state));
}

function rejection(reason: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw reason;
  });
}

function hanging(): Promise<never> {
  return new Promise(() => undefined);
}
