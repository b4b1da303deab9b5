import test from 'ava';
import { Lanes } from '../../src/connectors/lanes.ts';

test('a step that waits holds back those of its lane, and no other', async (t) => {
  const lanes = new Lanes();
  const done: string[] = [];
  const put = Promise.withResolvers<undefined>();
  lanes.run('a', () => done.push('a1'));
  lanes.run(
    'a',
    () => done.push('a2'),
    async () => {
      await put.promise;
    },
  );
  lanes.run('a', () => done.push('a3'));
  lanes.run('b', () => done.push('b1'));
  t.deepEqual(done, ['a1', 'b1']);
  const last = new Promise<void>((resolve) => lanes.run('a', resolve));
  put.resolve(undefined);
  await last;
  t.deepEqual(done, ['a1', 'b1', 'a2', 'a3']);
});

test('once nothing waits, a step is taken at once', async (t) => {
  const lanes = new Lanes();
  await new Promise<void>((resolve) => lanes.run('a', resolve, () => Promise.resolve()));
  await new Promise(setImmediate);
  let taken = false;
  lanes.run('a', () => (taken = true));
  t.true(taken);
});
