import test from 'ava';
import { fuzz } from './fuzz.ts';

test('no mutated interchange crashes or hangs the engine, or the reply to it', async (t) => {
  t.deepEqual(await fuzz(0, 10_000), { inputs: 10_000, crashes: 0, hangs: 0 });
});
