/** What holds on every path: all states are reached, and the two promises of the gateway are kept. */
import test from 'ava';
import {
  connectorMachine,
  healthosMachine,
  journalMachine,
  messageMachine,
  messageSteps,
  validatorMachine,
} from '../../machines/index.ts';
import { backoff, bug, done, erred, fix, retry } from './events.ts';
import { reachable, replay, replayShortestPaths, statesOf } from './paths.ts';
import type { AnyStateMachine, EventObject } from 'xstate';
import type { Reason } from '../../machines/index.ts';

const timers = (...names: readonly string[]) => names.map((name) => ({ type: `xstate.after.${name}` }));

const connectorEvents: readonly EventObject[] = [
  ...['begin', 'start', 'stop', 'restart', 'pause', 'resume', 'shutdown', 'progressed'].map(
    (name): EventObject => ({ type: `connector.${name}` }),
  ),
  withReason('connector.giveUp'),
  withReason('connector.stalled'),
  done('configure', backoff),
  done('connect'),
  done('run'),
  done('drain'),
  done('release'),
  ...['configure', 'connect', 'run', 'drain', 'release'].flatMap((id) =>
    [retry(), fix(), bug].map((error) => erred(id, error)),
  ),
  ...timers(
    'connectLimit.connector.connecting.opening',
    'steady.connector.running',
    'stallLimit.connector.running.stalled',
    'drainLimit.connector.running.draining',
    'retryDelay.connector.backoff',
  ),
];
const connectorInput = { id: 'c', backoff };

const all: readonly (readonly [AnyStateMachine, unknown, readonly EventObject[]])[] = [
  [connectorMachine, connectorInput, connectorEvents],
  [messageMachine, undefined, messageSteps.map((step) => ({ type: `message.${step}` }))],
  [
    validatorMachine,
    { backoff },
    [
      { type: 'validator.stop' },
      done('start'),
      erred('start', bug),
      done('watch'),
      erred('watch', retry()),
      done('stop'),
      ...timers(
        'startLimit.validator.starting',
        'retryDelay.validator.backoff',
        'stopLimit.validator.draining',
      ),
    ],
  ],
  [
    journalMachine,
    { backoff },
    [
      { type: 'journal.stop' },
      done('open'),
      erred('open', bug),
      done('catchUp'),
      erred('watch', retry()),
      done('close'),
      ...timers('openLimit.journal.opening', 'retryDelay.journal.backoff', 'closeLimit.journal.closing'),
    ],
  ],
  [
    healthosMachine,
    { backoff, connectors: [] },
    [
      { type: 'healthos.shutdown' },
      done('openBus'),
      erred('openBus', retry()),
      done('drainConnectors'),
      done('stopValidator'),
      done('stopJournal'),
      ...timers('retryDelay.healthos.starting.waiting', 'connectorsLimit.healthos.draining.connectors'),
    ],
  ],
];

for (const [machine, input, events] of all) {
  test(`every state of ${machine.id} is reached by a replayed shortest path`, (t) => {
    const reached = replayShortestPaths(machine, { input, events }).flatMap(({ states }) => states);
    const missed = statesOf(machine).filter((state) => !reached.some((name) => inside(name, state)));
    t.deepEqual(missed, []);
  });
}

test('no path gives a positive acknowledgement without stored', (t) => {
  const events = messageSteps.map((step) => ({ type: `message.${step}` }));
  const paths = replayShortestPaths(messageMachine, { events });
  const positive = paths.filter(({ states }) => states.at(-1)?.includes('answer.positive'));
  t.true(positive.length >= 5);
  for (const { events: taken } of positive) {
    const acknowledged = taken.indexOf('message.acknowledged');
    t.true(taken.slice(0, acknowledged).includes('message.stored'), taken.join(' '));
  }
});

test('without stored no steps, in whatever order and number, lead to a positive acknowledgement', (t) => {
  const others = messageSteps
    .filter((step) => step !== 'stored')
    .map((step) => ({ type: `message.${step}` }));
  const states = reachable(replay(messageMachine, undefined, []).end, others);
  t.deepEqual(
    states.filter((state) => state.includes('answer.positive') || state.includes('answer.allowed')),
    [],
  );
});

test('after an operator’s stop nothing reconnects by itself', (t) => {
  const operators = new Set(['connector.start', 'connector.restart']);
  const itself = connectorEvents.filter(({ type }) => !operators.has(type));
  const paths = replayShortestPaths(connectorMachine, { input: connectorInput, events: connectorEvents });
  const stopped = paths.flatMap(({ end, states }) =>
    end.hasTag('stopped') ? [[end, states.at(-1)] as const] : [],
  );
  t.deepEqual([...new Set(stopped.map(([, state]) => state))].sort(), [
    'running.draining.beforeStop',
    'stopped.byOperator',
  ]);
  for (const [end] of stopped) {
    const onward = reachable(end, itself);
    t.deepEqual(
      onward.filter((state) => state.startsWith('connecting') || state === 'running.consuming'),
      [],
    );
  }
});

function inside(name: string, state: string): boolean {
  return name === state || name.split(',').includes(state);
}

function withReason(type: string): EventObject & { readonly reason: Reason } {
  return { type, reason: { code: 'connector/stalled', message: 'No progress.', retryable: true } };
}
