import test from 'ava';
import fc from 'fast-check';
import { forwardDraft, parseHeaders, withAdditions, areAdditions } from '../../src/bus/embedded/packing.ts';
import type { MessageBus } from '../../src/bus/message-bus.ts';
import type { Headers } from '../../src/messages/envelope.ts';
import { temporaryBus } from './temporary-bus.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const headers = fc.dictionary(fc.constantFrom('A', 'B"', 'Nats-Msg-Id', '__proto__', 'Ü'), fc.string(), {
  noNullPrototype: true,
});

test('headers that are written as additions are read as they were given', (t) => {
  fc.assert(
    fc.property(headers, headers, (original: Headers, given: Headers) => {
      const written = bytes(forwardDraft('s', given, original, 'key').headers);
      const read = areAdditions(written) ? withAdditions(bytes(JSON.stringify(original)), written) : written;
      t.deepEqual(parseHeaders(read), { ...given, 'Nats-Msg-Id': 'key' });
    }),
  );
});

test('a verdict has its own headers and its message’s, also of a verdict on a verdict, also after a restart', async (t) => {
  const { bus, reopen } = await temporaryBus(t);
  await bus.publish({ subject: 'a', headers: { one: '1', kept: 'yes' }, body: bytes('body') });
  for (const [from, to, more] of [
    ['a', 'b', { two: '2' }],
    ['b', 'c', { one: 'changed' }],
  ] as const) {
    const consumer = await bus.consume(`on-${from}`, { filter: [from] });
    const [delivery] = await consumer.fetch(1);
    delivery?.forward(to, { ...delivery.headers, ...more }, `key-${to}`);
    await consumer.close();
  }
  const expected = [
    { one: '1', kept: 'yes' },
    { 'Nats-Msg-Id': 'key-b', one: '1', kept: 'yes', two: '2' },
    { 'Nats-Msg-Id': 'key-c', one: 'changed', kept: 'yes', two: '2' },
  ];
  const read = async (from: MessageBus) =>
    Promise.all([1, 2, 3].map(async (seq) => (await from.get(seq))?.headers));
  t.deepEqual(await read(bus), expected);
  const reopened = await reopen();
  t.deepEqual(await read(reopened), expected);
  t.deepEqual(Buffer.from((await reopened.get(3))?.body ?? []).toString(), 'body');
});
