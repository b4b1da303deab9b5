import test from 'ava';
import { fuzz } from './fuzz.ts';

test('no mutated interchange crashes the engine, or the reply to it', async (t) => {
  const { crashes } = await fuzz(0, 10_000);
  t.is(crashes, 0);
});
