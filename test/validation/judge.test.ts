import test from 'ava';
import type { Engine } from '../../src/validation/engine.ts';
import { judge } from '../../src/validation/judge.ts';

const levels = { lenient: 'off', standard: 'warning', strict: 'error' } as const;

function engineThatFinds(...rules: readonly string[]): Engine {
  return {
    format: 'hl7v2',
    rules: [
      { id: 'a', title: 'A.', spec: 'spec a', levels },
      { id: 'b', title: 'B.', spec: 'spec b', levels },
    ],
    examine(_body, report) {
      for (const rule of rules) report(rule, 'PID-3', 'Wrong.');
      return { version: '2.5', type: 'ADT^A01', controlId: '1', sender: 'S' };
    },
  };
}

const body = { bytes: new Uint8Array(0), size: 0 };

test('a message without findings is valid', (t) => {
  const verdict = judge(engineThatFinds(), body, new Map());
  t.true(verdict.valid);
  t.deepEqual(verdict.issues, []);
  t.is(verdict.type, 'ADT^A01');
});

test('a warning leaves a message valid, an error does not', (t) => {
  t.true(judge(engineThatFinds('a'), body, new Map()).valid);
  t.false(judge(engineThatFinds('a', 'b'), body, new Map([['b', 'error']])).valid);
});

test('a rule that is off finds nothing', (t) => {
  t.deepEqual(judge(engineThatFinds('a'), body, new Map([['a', 'off']])).issues, []);
});

test('a finding cites its rule’s standard', (t) => {
  t.is(judge(engineThatFinds('a'), body, new Map()).issues[0]?.spec, 'spec a');
});

test('findings beyond a thousand are counted, not kept', (t) => {
  const verdict = judge(engineThatFinds(...Array.from({ length: 5000 }, () => 'a')), body, new Map());
  t.is(verdict.issues.length, 1000);
  t.is(verdict.issuesTotal, 5000);
});

test('an engine that reports a rule it does not list has a bug', (t) => {
  t.throws(() => judge(engineThatFinds('c'), body, new Map()), { instanceOf: TypeError });
});
