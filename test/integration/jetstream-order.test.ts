/** The order in which a consumer of the bus on JetStream hands out and forwards, where something goes wrong in between. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { AckPolicy, connect, nanos } from 'nats';
import { fetchExactly, publishText } from '../bus/bus-contract.ts';
import { optionsFor, temporaryStream } from '../bus/temporary-stream.ts';
import { openJetStreamBus } from '../../src/bus/jetstream-bus.ts';
import type { Delivery, MessageBus } from '../../src/bus/message-bus.ts';
import { startNats } from '../brokers/nats.ts';

const server = await startNats();
test.after.always(() => server.remove());

const textOf = ({ body }: Delivery): string => new TextDecoder().decode(body);
const ten = Array.from({ length: 10 }, (_, at) => String(at));

async function publishTen(bus: MessageBus): Promise<void> {
  for (const text of ten) await publishText(bus, 'in', text);
}

/** What lies under a subject, in its order on the bus. */
async function onSubject(bus: MessageBus, subject: string, count: number): Promise<string[]> {
  const consumer = await bus.consume('reader', { filter: [subject] });
  const deliveries = await fetchExactly(consumer, count);
  await consumer.close();
  return deliveries.map(textOf);
}

test('a forward that is not stored takes what follows it along: all of it comes again, and stays in order', async (t) => {
  const { bus } = await temporaryStream(t, server);
  await publishTen(bus);
  const consumer = await bus.consume('worker', { filter: ['in'] });
  const [first, second, third, ...rest] = await fetchExactly(consumer, 10);
  first?.forward('out', {}, 'first');
  second?.forward('out', {}, 'second');
  // No stream holds this subject: the server stores nothing.
  third?.forward('nowhere', {}, 'third');
  await t.throwsAsync(consumer.flush(), { code: 'bus/unavailable' });
  // They were in hand when the third one failed: their answers have no effect.
  for (const delivery of rest) delivery.forward('out', {}, `early ${textOf(delivery)}`);
  const again = await fetchExactly(consumer, 8);
  t.deepEqual(again.map(textOf), ten.slice(2));
  for (const delivery of again) delivery.forward('out', {}, `out ${textOf(delivery)}`);
  await consumer.flush();
  await consumer.close();
  t.deepEqual(await onSubject(bus, 'out', 10), ten);
});

test('what was on its way together with the one that failed is stored before it: that is the bound', async (t) => {
  const { bus } = await temporaryStream(t, server);
  await publishTen(bus);
  const consumer = await bus.consume('worker', { filter: ['in'] });
  for (const delivery of await fetchExactly(consumer, 10)) {
    delivery.forward(textOf(delivery) === '0' ? 'nowhere' : 'out', {}, `out ${textOf(delivery)}`);
  }
  await t.throwsAsync(consumer.flush(), { code: 'bus/unavailable' });
  const [again] = await fetchExactly(consumer, 1);
  again?.forward('out', {}, 'again');
  await consumer.flush();
  await consumer.close();
  t.deepEqual(await onSubject(bus, 'out', 10), [...ten.slice(1), '0']);
});

/** A reader of the same consumer that took messages and is gone without a word. */
async function diedWithFour(t: ExecutionContext, stream: string): Promise<void> {
  const connection = await connect({ servers: server.url });
  t.teardown(() => connection.close());
  const jsm = await connection.jetstreamManager();
  await jsm.consumers.add(stream, {
    durable_name: 'worker',
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(60_000),
    filter_subject: 'in',
  });
  const dying = await connection.jetstream().consumers.get(stream, 'worker');
  for await (const message of await dying.fetch({ max_messages: 4 })) message.working();
  await connection.flush();
}

test('what a gateway had in hand when it was killed comes first, and in order, where no other one reads', async (t) => {
  const { bus, options } = await temporaryStream(t, server);
  await publishTen(bus);
  await diedWithFour(t, options.stream.name);
  const consumer = await bus.consume('worker', { filter: ['in'], ackWaitMs: 60_000 });
  const deliveries = await fetchExactly(consumer, 10);
  t.deepEqual(deliveries.map(textOf), ten);
  t.deepEqual(
    deliveries.map(({ attempt }) => attempt),
    ten.map((text) => (Number(text) < 4 ? 2 : 1)),
  );
  for (const delivery of deliveries) delivery.ack();
  await consumer.flush();
  await consumer.close();
});

test('where another gateway reads, what is in its hands stays there', async (t) => {
  const { bus, options } = await temporaryStream(t, server);
  const other = await openJetStreamBus(optionsFor(server.url, { stream: options.stream, gateway: 'two' }));
  t.teardown(() => other.close());
  await publishTen(bus);
  const working = await other.consume('worker', { filter: ['in'], ackWaitMs: 60_000, maxAckPending: 100 });
  const inHands = await fetchExactly(working, 10);
  void working.fetch(10);
  const joining = await bus.consume('worker', { filter: ['in'], ackWaitMs: 60_000, maxAckPending: 100 });
  await publishText(bus, 'in', 'new');
  for (const delivery of inHands) delivery.ack();
  await working.flush();
  await working.close();
  const [next] = await fetchExactly(joining, 1);
  t.is(next && textOf(next), 'new');
  await joining.close();
});
