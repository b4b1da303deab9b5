import test from 'ava';
import {
  bornAs,
  type LifeState,
  lifeSteps,
  lifeStateOf,
  nextState,
  stateOf,
} from '../../src/messages/life.ts';

test('what lies on the bus was received and stored; its state is called received until the verdict', (t) => {
  t.is(bornAs, 'stored');
  t.is(stateOf(bornAs), 'received');
});

test('each later step leads where the statechart says, and nowhere else', (t) => {
  const later = lifeSteps.filter((step) => step !== 'received' && step !== 'stored');
  const allowed = (from: LifeState) => later.filter((step) => nextState(from, step) !== undefined);
  t.deepEqual(allowed('stored'), ['valid', 'invalid', 'replayed']);
  t.deepEqual(allowed('valid'), ['delivered', 'deadletter', 'replayed']);
  t.deepEqual(allowed('invalid'), ['replayed']);
  t.deepEqual(allowed('delivered'), ['delivered', 'deadletter', 'replayed']);
  t.deepEqual(allowed('deadletter'), ['delivered', 'deadletter', 'replayed']);
});

test('a replay changes no state', (t) => {
  for (const state of ['stored', 'valid', 'invalid', 'delivered', 'deadletter'] as const)
    t.is(nextState(state, 'replayed'), state);
});

test('a state that is read from a file is one of ours or none', (t) => {
  t.is(lifeStateOf('valid'), 'valid');
  for (const name of ['', 'refused', 'toString', '__proto__', null, undefined])
    t.is(lifeStateOf(name), undefined);
});
