import test from 'ava';
import fc from 'fast-check';
import type { MessageBus, OutgoingMessage, Stored } from '../../src/bus/message-bus.ts';
import { fetchExactly, publishText } from './bus-contract.ts';
import { temporaryBus } from './temporary-bus.ts';

const publishAll = (bus: MessageBus, messages: readonly OutgoingMessage[]): Promise<readonly Stored[]> =>
  Promise.all(messages.map((message) => bus.publish(message)));

const message = fc.record({
  subject: fc.constantFrom('a', 'b', 'c.d'),
  headers: fc.dictionary(fc.constantFrom('One', 'Two', 'Ü'), fc.string(), { noNullPrototype: true }),
  body: fc.uint8Array({ maxLength: 64 }),
});

test('messages that were published together are each read as they came, also after a restart', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 70 }), async (messages) => {
      const { bus, reopen } = await temporaryBus(t);
      const stored = await publishAll(bus, messages);
      const read = async (from: MessageBus): Promise<void> => {
        for (const [i, { seq }] of stored.entries()) {
          const found = await from.get(seq);
          t.deepEqual({ ...found?.headers }, { ...messages[i]?.headers });
          t.deepEqual(Buffer.from(found?.body ?? []), Buffer.from(messages[i]?.body ?? []));
          t.is(found?.subject, messages[i]?.subject);
        }
      };
      await read(bus);
      await read(await reopen());
    }),
    { numRuns: 8 },
  );
});

test('of messages that were published together, those whose keys came before are not stored', async (t) => {
  const { bus } = await temporaryBus(t);
  const keyed = (text: string, duplicateKey?: string): OutgoingMessage => ({
    subject: 'a',
    headers: { text },
    body: Buffer.from(text),
    duplicateKey,
  });
  const first = await bus.publish(keyed('first', 'k'));
  const stored = await publishAll(bus, [
    keyed('one'),
    keyed('again', 'k'),
    keyed('two', 'l'),
    keyed('twice', 'l'),
    keyed('three'),
  ]);
  const [one, again, two, twice, three] = stored.map(({ seq }) => seq);
  t.deepEqual([again, twice], [first.seq, two]);
  t.deepEqual(
    stored.map(({ duplicate }) => duplicate),
    [false, true, false, true, false],
  );
  const bodies = await Promise.all([one, two, three].map(async (seq) => (await bus.get(seq ?? 0))?.body));
  t.deepEqual(
    bodies.map((body) => Buffer.from(body ?? []).toString()),
    ['one', 'two', 'three'],
  );
  t.is((await bus.status()).messages, 4);
});

test('a consumer that begins in the middle of what was published together gets the rest of it', async (t) => {
  const { bus, reopen } = await temporaryBus(t);
  await Promise.all(['1', '2', '3', '4'].map((text) => publishText(bus, 'a', text)));
  const consumer = await (await reopen()).consume('c', { filter: ['a'], startAfter: 2 });
  const rest = await fetchExactly(consumer, 2);
  t.deepEqual(
    rest.map(({ seq }) => seq),
    [3, 4],
  );
});

test('verdicts that were stored together go with the last of the messages that they are about', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: 0, maxBytes: 1e9 } });
  const validator = await bus.consume('validator', { filter: ['in'] });
  const outbound = await bus.consume('outbound', { filter: ['out'] });
  await Promise.all(['1', '2'].map((text) => publishText(bus, 'in', text)));
  await Promise.all(['3', '4'].map((text) => publishText(bus, 'in', text)));
  for (const [i, delivery] of (await fetchExactly(validator, 4)).entries())
    delivery.forward('out', { ...delivery.headers, verdict: 'valid' }, `key-${i}`);
  await validator.flush();
  const verdicts = await fetchExactly(outbound, 4);
  t.deepEqual(
    verdicts.map(({ body }) => Buffer.from(body).toString()),
    ['1', '2', '3', '4'],
  );
  for (const verdict of verdicts) verdict.ack();
  await outbound.flush();
  await publishText(bus, 'noise', 'the newest stays');
  let status = await bus.status();
  while (status.messages > 1) status = await bus.status();
  t.is(status.firstSeq, status.lastSeq);
  t.is(await bus.get(1), undefined);
  t.is(await bus.get(verdicts[0]?.seq ?? 0), undefined);
});
