import test from 'ava';
import fc from 'fast-check';
import { Burst, type Clock, LONGEST_MS, Pace } from '../src/burst.ts';

const { signal } = new AbortController();
const MOST = 256;

/** Time that passes only in waits, and as the test has it; while it waits, so many messages a millisecond come in. */
class Time implements Clock {
  perMs = 0;
  /** What was waited for in all; milliseconds. */
  waited = 0;
  #now = 0;
  readonly burst = new Burst(undefined, () => this.#now);
  readonly pace = new Pace(this.burst, this);

  now(): number {
    return this.#now;
  }

  wait(ms: number): Promise<void> {
    this.waited += ms;
    this.pass(ms);
    return Promise.resolve();
  }

  pass(ms: number): void {
    this.#now += ms;
    for (let i = 0; i < ms * this.perMs; i++) this.burst.took();
  }

  /** A batch after so long without one; answers how long the validator waited after it. */
  async batch(messages: number, { workMs = 1, idleMs = 0 } = {}): Promise<number> {
    this.pass(idleMs);
    const before = this.waited;
    this.pace.beforeBatch(messages);
    this.pass(workMs);
    await this.pace.afterBatch(messages, MOST, signal);
    return this.waited - before;
  }
}

test('after a few messages the next ones are gathered for a moment', async (t) => {
  const time = new Time();
  for (const messages of [1, 3, 15]) t.is(await time.batch(messages), 8);
});

test('where more come than it can judge, the validator rests as long as they come, two seconds at most', async (t) => {
  const time = new Time();
  time.perMs = 20;
  t.is(await time.batch(MOST), LONGEST_MS);
  t.is(await time.batch(MOST), 0);
});

test('its rest ends with the burst', async (t) => {
  const time = new Time();
  t.true((await time.batch(MOST)) < 100);
});

test('a calm gives back as much rest as it was long', async (t) => {
  const time = new Time();
  time.perMs = 20;
  await time.batch(MOST);
  time.perMs = 0;
  await time.batch(1, { idleMs: 500, workMs: 0 });
  time.perMs = 20;
  t.is(await time.batch(MOST), 500);
});

test('nobody rests or gathers while somebody waits for a verdict, or did so a moment ago', async (t) => {
  for (const waits of [true, false]) {
    const time = new Time();
    time.perMs = 20;
    time.burst.isAwaited = waits;
    for (const messages of [MOST, 100, 1]) t.is(await time.batch(messages), 0);
    time.burst.isAwaited = false;
    t.is(await time.batch(1, { idleMs: 1000 }), 8);
  }
});

test('a calm that a full batch ends gives back as much rest', async (t) => {
  const time = new Time();
  time.perMs = 20;
  await time.batch(MOST);
  time.perMs = 0;
  time.pass(500);
  time.perMs = 20;
  t.is(await time.batch(MOST), 500);
});

test('while it keeps up it lets messages gather, and works a sixth of the time', async (t) => {
  const time = new Time();
  t.is(await time.batch(100, { workMs: 1 }), 5);
});

test('others rest with the validator, and no longer than it says', async (t) => {
  const burst = new Burst();
  const other = new Burst(burst.shared);
  await other.over(signal);
  const until = Date.now() + 5;
  burst.restUntil(until);
  await other.over(signal);
  t.true(Date.now() >= until);
});

test('the rests of any run of batches are no longer than two seconds and what was calm', async (t) => {
  const batch = fc.record({
    messages: fc.constantFrom(1, 15, MOST),
    idleMs: fc.nat(500),
    perMs: fc.constantFrom(0, 20),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(batch), async (batches) => {
      const time = new Time();
      let calm = 0;
      for (const { messages, idleMs, perMs } of batches) {
        time.perMs = perMs;
        calm += idleMs;
        await time.batch(messages, { idleMs, workMs: 0 });
      }
      const looks = 20 * batches.length;
      t.true(time.waited <= LONGEST_MS + calm + looks);
    }),
  );
});
