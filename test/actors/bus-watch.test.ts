/** What the supervisor hears of the bus: whether it can store, and else what was met, with its own code. */
import test from 'ava';
import { watchBus } from '../../src/actors/bus-watch.ts';
import type { BusStatus } from '../../src/bus/message-bus.ts';
import type { ErrorCode } from '../../src/errors.ts';

/** A bus that stands like this. */
function busThatIs(state: BusStatus['state'], code?: ErrorCode | null, reason: string | null = null) {
  const status: BusStatus = {
    kind: 'jetstream',
    url: 'nats://127.0.0.1:4222',
    state,
    since: 0,
    ...(code === undefined ? {} : { code }),
    reason,
    messages: 0,
    bytes: 0,
    firstSeq: 1,
    lastSeq: 0,
    consumers: [],
  };
  return { status: () => Promise.resolve(status), onState: () => () => undefined };
}

for (const code of ['bus/credentials', 'bus/certificate', 'bus/foreign-stream'] as const) {
  test(`a bus that cannot be used because of ${code} is said to be so, with the reason`, async (t) => {
    const watch = watchBus(busThatIs('unavailable', code, 'Mend this.'));
    await t.throwsAsync(watch.open(), { code, message: 'The bus cannot be used: Mend this.' });
    t.is(watch.trouble(), 'The bus is unavailable: Mend this.');
  });
}

test('a bus that cannot be reached is unavailable, whether or not it brings a code', async (t) => {
  for (const code of ['bus/unavailable', undefined] as const) {
    const watch = watchBus(busThatIs('unavailable', code, 'Nobody answers.'));
    await t.throwsAsync(watch.open(), {
      code: 'bus/unavailable',
      message: 'The bus cannot be reached: Nobody answers.',
    });
  }
});

test('a bus without room is open: it takes what there is room for, and its trouble is told', async (t) => {
  const watch = watchBus(busThatIs('full', 'bus/full', 'No room.'));
  await watch.open();
  t.is(watch.trouble(), 'The bus is full: No room.');
});

test('a bus that is ready has no trouble', async (t) => {
  const watch = watchBus(busThatIs('ready'));
  await watch.open();
  t.is(watch.trouble(), null);
});
