/**
 * The contract of an inbound connector that fetches, as a suite: its source gives a message again until it is acknowledged.
 * A kind that needs a broker runs it in `test/integration/connector-contract.test.ts`.
 */
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import { enter, receipt, start, testDeclaration, textOf } from './contract-world.ts';
import type { RegisteredKind } from '../../src/connectors/registry.ts';
import type { Arrival, Receipt } from '../../src/messages/envelope.ts';
import type { KindHarness, Source } from './contract-world.ts';

/** A source of its own for each test, which nobody else reads. */
export interface FetchingHarness extends Source {
  /** Resolves when the source holds the message. */
  send(body: string): Promise<void>;
  /** How many messages the source holds that were not acknowledged. */
  waiting(): Promise<number>;
  /** Resolves when everything that was sent is acknowledged. */
  acknowledged(): Promise<void>;
}

export type FetchingKindHarness = KindHarness<FetchingHarness>;

/** The kinds that fetch: `contract.test.ts` and the integration test hold them to have a harness. */
export const fetchingKinds: readonly string[] = ['inbound KafkaConsumer', 'inbound NatsClient'];

export function testFetchingContract(kind: RegisteredKind, { open, refused }: FetchingKindHarness): void {
  const named = (title: string) => `${kind.direction} ${kind.kind}: ${title}`;
  const stored = () => Promise.resolve(receipt);

  testDeclaration(kind, refused);

  test(named('takes messages in, and acknowledges each only after it was delivered'), async (t) => {
    const { harness, make } = await enter(t, open);
    const answer = Promise.withResolvers<Receipt>();
    const session = await start(make(kind), () => answer.promise);
    await harness.send('MSH|^~\\&|A');
    t.is(Buffer.from(await session.arrived).toString(), 'MSH|^~\\&|A');
    t.is(await harness.waiting(), 1);
    answer.resolve(receipt);
    await harness.acknowledged();
    await session.end();
  });

  test(named('gives each message an identity of its own, the same whenever it comes'), async (t) => {
    const { harness, make } = await enter(t, open);
    const connector = make(kind);
    await harness.send('MSH|^~\\&|A');
    await harness.send('MSH|^~\\&|B');
    const first = await keysOf(2, (take) => start(connector, (arrival) => Promise.reject(take(arrival))));
    const again = await keysOf(2, (take) =>
      start(connector, (arrival) => {
        take(arrival);
        return stored();
      }),
    );
    t.is(new Set(again.keys.values()).size, 2);
    for (const [body, key] of first.keys) t.is(again.keys.get(body), key);
    await again.session.end();
  });

  for (const code of ['bus/unavailable', 'bus/full', 'internal/bug'] as const) {
    test(named(`rejects with ${code} where a delivery does, and gives the message again`), async (t) => {
      const { harness, make } = await enter(t, open);
      const connector = make(kind);
      await harness.send('MSH|^~\\&|A');
      const failing = await start(connector, () => Promise.reject(new HealthosError(code, 'Not now.')));
      await t.throwsAsync(failing.running, { code });
      const session = await start(connector, stored);
      t.is(Buffer.from(await session.arrived).toString(), 'MSH|^~\\&|A');
      await harness.acknowledged();
      await session.end();
    });
  }

  test(
    named('holds a message that came as it was paused, and goes on with it when it accepts again'),
    async (t) => {
      const { harness, make, accept } = await enter(t, open);
      const held = Promise.withResolvers<undefined>();
      const taken: string[] = [];
      let paused = false;
      const session = await start(make(kind), (arrival) => {
        if (!paused) {
          paused = true;
          accept(false);
          held.resolve(undefined);
          return Promise.reject(new HealthosError('connector/not-consuming', 'Paused.'));
        }
        taken.push(textOf(arrival));
        return stored();
      });
      await harness.send('MSH|^~\\&|A');
      await held.promise;
      t.is(await harness.waiting(), 1);
      accept(true);
      await harness.acknowledged();
      t.deepEqual(taken, ['MSH|^~\\&|A']);
      await session.end();
    },
  );

  test(named('while it does not accept, delivers nothing and loses nothing'), async (t) => {
    const { harness, make, accept } = await enter(t, open);
    let accepting = false;
    accept(false);
    const session = await start(make(kind), () => {
      t.true(accepting);
      return stored();
    });
    await harness.send('MSH|^~\\&|A');
    t.is(await harness.waiting(), 1);
    accepting = true;
    accept(true);
    await harness.acknowledged();
    await session.end();
  });

  test(named('ends when it is told to, with nothing half taken'), async (t) => {
    const { harness, make } = await enter(t, open);
    const answer = Promise.withResolvers<Receipt>();
    const connector = make(kind);
    const session = await start(connector, () => answer.promise);
    await harness.send('MSH|^~\\&|A');
    await session.arrived;
    const ended = session.end();
    answer.resolve(receipt);
    await ended;
    await harness.acknowledged();
    await harness.send('MSH|^~\\&|B');
    await connector.close();
    t.is(await harness.waiting(), 1);
  });

  test(named('ends when it is told to while it does not accept'), async (t) => {
    const { harness, make, accept } = await enter(t, open);
    const paused = Promise.withResolvers<undefined>();
    const session = await start(make(kind), () => {
      accept(false);
      paused.resolve(undefined);
      return Promise.reject(new HealthosError('connector/not-consuming', 'Paused.'));
    });
    await harness.send('MSH|^~\\&|A');
    await paused.promise;
    await session.end();
    t.is(await harness.waiting(), 1);
  });

  test(named('connects and runs again after it was ended, closed or left open'), async (t) => {
    const { harness, make } = await enter(t, open);
    const connector = make(kind);
    await connector.connect(new AbortController().signal);
    for (const between of [() => Promise.resolve(), () => connector.close()]) {
      const session = await start(connector, stored);
      await harness.send('MSH|^~\\&|A');
      await harness.acknowledged();
      await session.end();
      await between();
    }
    t.pass();
  });

  test(named('is closed in any state, any number of times'), async (t) => {
    const { make } = await enter(t, open);
    const connector = make(kind);
    await connector.close();
    await connector.connect(new AbortController().signal);
    await connector.close();
    await connector.close();
    const session = await start(connector, stored);
    await Promise.all([connector.close(), connector.close()]);
    await session.end();
    t.pass();
  });

  test(named('gives back on close what it held, so that another can take it'), async (t) => {
    const { harness, make } = await enter(t, open);
    const first = make(kind);
    await first.connect(new AbortController().signal);
    await first.close();
    const session = await start(make(kind), stored);
    await harness.send('MSH|^~\\&|A');
    await harness.acknowledged();
    await session.end();
    t.pass();
  });

  test(named('settles soon when it is told to end before it began'), async (t) => {
    const { make } = await enter(t, open);
    const connector = make(kind);
    const over = AbortSignal.abort();
    await connector.connect(over).catch(() => undefined);
    await connector.connect(new AbortController().signal);
    await connector.run(stored, over);
    t.pass();
  });

  test(named('takes as few messages in hand as its rate limit lets through in a second'), async (t) => {
    const { harness, make } = await enter(t, open, { per_second: 1, burst: 1 });
    for (const body of ['MSH|^~\\&|A', 'MSH|^~\\&|B', 'MSH|^~\\&|C']) await harness.send(body);
    let inHand = 0;
    const session = await start(make(kind), async () => {
      inHand += 1;
      t.is(inHand, 1);
      await new Promise(setImmediate);
      inHand -= 1;
      return receipt;
    });
    await harness.acknowledged();
    await session.end();
  });

  test(named('ends at once though what it has in hand waits for its turn'), async (t) => {
    const { harness, make, hurried } = await enter(t, open, { per_second: 0.001, burst: 1 });
    await harness.send('MSH|^~\\&|A');
    const session = await start(make(kind), async () => {
      await hurried;
      return receipt;
    });
    await session.arrived;
    await session.end();
    await harness.acknowledged();
    t.pass();
  });

  test(named('tells how many messages wait at the source, or that it cannot'), async (t) => {
    const { harness, make } = await enter(t, open);
    const connector = make(kind);
    const answer = Promise.withResolvers<Receipt>();
    t.is((await connector.lag?.()) ?? null, null);
    const session = await start(connector, () => answer.promise);
    await harness.send('MSH|^~\\&|A');
    await session.arrived;
    t.true([1, null].includes((await connector.lag?.()) ?? null));
    answer.resolve(receipt);
    await harness.acknowledged();
    t.true([0, null].includes((await connector.lag?.()) ?? null));
    await session.end();
  });
}

/** The identity of each message by its body, once there are so many. */
async function keysOf(count: number, begin: (take: (arrival: Arrival) => Error) => ReturnType<typeof start>) {
  const keys = new Map<string, string | undefined>();
  const all = Promise.withResolvers<undefined>();
  const session = await begin((arrival) => {
    keys.set(textOf(arrival), arrival.sourceKey);
    if (keys.size === count) all.resolve(undefined);
    return new HealthosError('bus/unavailable', 'Not now.');
  });
  await Promise.race([all.promise, session.running.catch(() => undefined)]);
  return { keys, session };
}
