/**
 * The contract of an inbound connector as a suite: the same tests for every kind, which supplies only its harness. Here is
 * the flavour of connectors to which messages are sent; those that fetch are in `fetching-contract.ts`.
 */
import test from 'ava';
import { HealthosError } from '../../src/errors.ts';
import { enter, receipt, start, testDeclaration } from './contract-world.ts';
import type { RegisteredKind } from '../../src/connectors/registry.ts';
import type { Receipt } from '../../src/messages/envelope.ts';
import type { KindHarness as AnyKindHarness, Source } from './contract-world.ts';

/** The world around one connector of the kind. */
export interface Harness extends Source {
  /** Sends a message as the source does; resolves when the source knows what became of it. */
  send(body: string): Promise<'acknowledged' | 'refused'>;
  /** What was sent, out of the message that arrived, where the source puts more around it. */
  readonly sentIn?: (arrived: Uint8Array) => string;
}

export type KindHarness = AnyKindHarness<Harness>;

export function testConnectorContract(kind: RegisteredKind, { open, refused }: KindHarness): void {
  const named = (title: string) => `${kind.direction} ${kind.kind}: ${title}`;

  testDeclaration(kind, refused);

  test(named('takes messages in, and acknowledges each only after it was delivered'), async (t) => {
    const world = await enter(t, open);
    const stored = Promise.withResolvers<Receipt>();
    const session = await start(world.make(kind), () => stored.promise);
    let answer = '';
    const sent = world.harness.send('MSH|^~\\&|A').then((outcome) => (answer = outcome));
    const arrival = await session.arrived;
    const { sentIn = (arrived) => Buffer.from(arrived).toString() } = world.harness;
    t.is(sentIn(arrival), 'MSH|^~\\&|A');
    await new Promise(setImmediate);
    t.is(answer, '');
    stored.resolve(receipt);
    t.is(await sent, 'acknowledged');
    await session.end();
  });

  for (const code of ['bus/unavailable', 'bus/full', 'connector/not-consuming', 'internal/bug'] as const) {
    test(named(`refuses a message whose delivery fails with ${code}, and runs on`), async (t) => {
      const world = await enter(t, open);
      let fails = true;
      const session = await start(world.make(kind), () =>
        fails ? Promise.reject(new HealthosError(code, 'Not now.')) : Promise.resolve(receipt),
      );
      t.is(await world.harness.send('MSH|^~\\&|A'), 'refused');
      fails = false;
      t.is(await world.harness.send('MSH|^~\\&|B'), 'acknowledged');
      await session.end();
    });
  }

  test(named('while it does not accept, refuses without delivering'), async (t) => {
    const world = await enter(t, open);
    const session = await start(world.make(kind), () => {
      t.fail('delivered');
      return Promise.resolve(receipt);
    });
    world.accept(false);
    t.is(await world.harness.send('MSH|^~\\&|A'), 'refused');
    await session.end();
  });

  test(named('ends when it is told to, with nothing half taken, and refuses from then on'), async (t) => {
    const world = await enter(t, open);
    const stored = Promise.withResolvers<Receipt>();
    const connector = world.make(kind);
    const session = await start(connector, () => stored.promise);
    const sent = world.harness.send('MSH|^~\\&|A');
    await session.arrived;
    const ended = session.end();
    stored.resolve(receipt);
    await ended;
    t.is(await sent, 'acknowledged');
    t.is(await world.harness.send('MSH|^~\\&|B'), 'refused');
    await connector.close();
    t.is(await world.harness.send('MSH|^~\\&|C'), 'refused');
  });

  test(named('connects and runs again after it was ended, closed or left open'), async (t) => {
    const world = await enter(t, open);
    const connector = world.make(kind);
    await connector.connect(new AbortController().signal);
    for (const between of [() => Promise.resolve(), () => connector.close()]) {
      const session = await start(connector, () => Promise.resolve(receipt));
      t.is(await world.harness.send('MSH|^~\\&|A'), 'acknowledged');
      await session.end();
      await between();
    }
  });

  test(named('is closed in any state, any number of times'), async (t) => {
    const world = await enter(t, open);
    const connector = world.make(kind);
    await connector.close();
    await connector.connect(new AbortController().signal);
    await connector.close();
    await connector.close();
    const session = await start(connector, () => Promise.resolve(receipt));
    await Promise.all([connector.close(), connector.close()]);
    await session.end();
    t.pass();
  });

  test(named('gives back on close what it held, so that another can take it'), async (t) => {
    const world = await enter(t, open);
    const first = world.make(kind);
    await first.connect(new AbortController().signal);
    await first.close();
    const session = await start(world.make(kind), () => Promise.resolve(receipt));
    t.is(await world.harness.send('MSH|^~\\&|A'), 'acknowledged');
    await session.end();
  });

  test(named('settles soon when it is told to end before it began'), async (t) => {
    const world = await enter(t, open);
    const connector = world.make(kind);
    const over = AbortSignal.abort();
    await connector.connect(over).catch(() => undefined);
    await connector.connect(new AbortController().signal);
    await connector.run(() => Promise.resolve(receipt), over);
    t.pass();
  });
}
