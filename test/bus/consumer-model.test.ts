import test from 'ava';
import fc from 'fast-check';
import type { ExecutionContext } from 'ava';
import type { Consumer, Delivery, MessageBus } from '../../src/bus/message-bus.ts';
import { fetchExactly, publishText } from './bus-contract.ts';
import { temporaryBus } from './temporary-bus.ts';

type Command =
  | { readonly do: 'publish'; readonly count: number }
  | { readonly do: 'fetch'; readonly max: number }
  | { readonly do: 'ack' | 'nak' | 'forward'; readonly pick: number }
  | { readonly do: 'reopen' };

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant('fetch' as const), max: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constantFrom('ack' as const, 'nak' as const, 'forward' as const), pick: fc.nat(20) }),
  fc.record({ do: fc.constant('reopen' as const) }),
);

const options = { filter: ['in'], ackWaitMs: 3_600_000 };

/** What a consumer owes: the attempts of each message that is not acknowledged, and what is in hands. */
class Model {
  readonly owed = new Map<number, number>();
  hands: Delivery[] = [];
  forwards = 0;

  get available(): number {
    return this.owed.size - this.hands.length;
  }

  take(t: ExecutionContext, delivery: Delivery): void {
    const attempts = this.owed.get(delivery.seq);
    t.false(this.hands.some(({ seq }) => seq === delivery.seq));
    t.is(delivery.attempt, (attempts ?? NaN) + 1);
    this.owed.set(delivery.seq, delivery.attempt);
    this.hands.push(delivery);
  }

  answer(how: 'ack' | 'nak' | 'forward', pick: number): void {
    const [delivery] = this.hands.splice(pick % Math.max(1, this.hands.length), 1);
    if (delivery === undefined) return;
    if (how === 'forward') delivery.forward('out', {}, String(delivery.seq));
    else delivery[how]();
    if (how === 'forward') this.forwards += 1;
    if (how !== 'nak') this.owed.delete(delivery.seq);
  }

  /** Closed in order: what was in hands does not count as tried. */
  putBack(): void {
    for (const { seq, attempt } of this.hands) this.owed.set(seq, attempt - 1);
    this.hands = [];
  }
}

test('a consumer delivers what it owes and nothing else, through acks, naks, forwards and restarts', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
      const { bus, reopen } = await temporaryBus(t);
      await follow(t, bus, reopen, commands);
    }),
    { numRuns: 10 },
  );
});

async function follow(
  t: ExecutionContext,
  opened: MessageBus,
  reopen: () => Promise<MessageBus>,
  commands: readonly Command[],
): Promise<void> {
  const model = new Model();
  let bus = opened;
  let consumer = await bus.consume('c', options);
  for (const each of [...commands, { do: 'reopen' } as const]) {
    if (each.do === 'publish') await publish(bus, model, each.count);
    else if (each.do === 'fetch') await fetch(t, consumer, model, each.max);
    else if (each.do !== 'reopen') model.answer(each.do, each.pick);
    else {
      model.putBack();
      bus = await reopen();
      consumer = await bus.consume('c', options);
    }
  }
  await settle(t, bus, consumer, model);
}

async function publish(bus: MessageBus, model: Model, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, i) => publishText(bus, i % 2 === 0 ? 'in' : 'noise', 'x'));
  for (const [i, { seq }] of (await Promise.all(all)).entries()) if (i % 2 === 0) model.owed.set(seq, 0);
}

async function fetch(t: ExecutionContext, consumer: Consumer, model: Model, max: number): Promise<void> {
  if (model.available === 0) return;
  const deliveries = await consumer.fetch(max);
  t.true(deliveries.length >= 1 && deliveries.length <= max);
  for (const delivery of deliveries) model.take(t, delivery);
}

/** At the end exactly what is owed comes, in order of position. */
async function settle(t: ExecutionContext, bus: MessageBus, consumer: Consumer, model: Model): Promise<void> {
  const rest = await fetchExactly(consumer, model.available);
  t.deepEqual(
    rest.map(({ seq }) => seq),
    [...model.owed.keys()].sort((a, b) => a - b),
  );
  for (const delivery of rest) model.take(t, delivery);
  for (const delivery of rest) delivery.ack();
  await consumer.flush();
  const { consumers, messages, lastSeq } = await bus.status();
  t.is(consumers[0]?.pending, 0);
  t.is(messages, lastSeq);
  const forwards = await bus.consume('out', { filter: ['out'] });
  t.is((await fetchExactly(forwards, model.forwards)).length, model.forwards);
}
