/** The rate limit under a clock that the test turns. */
import test from 'ava';
import { createTokenBucket } from '../../src/http/token-bucket.ts';

test('A burst is let through, then as many as come in by the second', (t) => {
  let now = 0;
  const bucket = createTokenBucket(10, 3, () => now);
  t.deepEqual([bucket.take(), bucket.take(), bucket.take()], [0, 0, 0]);
  t.is(bucket.take(), 0.1);
  now = 50;
  t.is(bucket.take(), 0.05);
  now = 100;
  t.is(bucket.take(), 0);
  t.is(bucket.take(), 0.1);
});

test('A refusal costs no token, and rest never fills more than the burst', (t) => {
  let now = 0;
  const bucket = createTokenBucket(1, 2, () => now);
  bucket.take();
  bucket.take();
  for (let i = 0; i < 10; i++) t.is(bucket.take(), 1);
  now = 1_000_000;
  t.deepEqual([bucket.take(), bucket.take()], [0, 0]);
  t.is(bucket.take(), 1);
});
