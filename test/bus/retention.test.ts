import test from 'ava';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthosError } from '../../src/errors.ts';
import type { BusStatus, MessageBus } from '../../src/bus/message-bus.ts';
import { fetchExactly, publishText } from './bus-contract.ts';
import { temporaryBus } from './temporary-bus.ts';

const HOUR_MS = 3_600_000;
const KILOBYTE = 'x'.repeat(1000);

/** Asks until it is so. */
async function until(bus: MessageBus, isSo: (status: BusStatus) => boolean): Promise<BusStatus> {
  for (;;) {
    const status = await bus.status();
    if (isSo(status)) return status;
  }
}

async function acknowledge(bus: MessageBus, name: string, filter: string, count: number): Promise<void> {
  const consumer = await bus.consume(name, { filter: [filter] });
  for (const delivery of await fetchExactly(consumer, count)) delivery.ack();
  await consumer.close();
}

test('what every consumer is done with goes when it is old, and its position is not given again', async (t) => {
  const { bus, reopen } = await temporaryBus(t, { retention: { maxAgeMs: 0, maxBytes: 1e9 } });
  for (const text of ['1', '2', '3']) await publishText(bus, 'a', text);
  await acknowledge(bus, 'first', 'a', 3);
  const { lastSeq } = await until(bus, ({ messages }) => messages === 1);
  t.is(await bus.get(1), undefined);
  const again = await reopen();
  t.true((await publishText(again, 'a', '4')).seq > lastSeq);
  t.is((await again.status()).firstSeq, lastSeq);
});

test('what one consumer has still to process stays, however old it is', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: 0, maxBytes: 1e9 } });
  await bus.consume('slow', { filter: ['a'] });
  await publishText(bus, 'b', 'not for the slow one');
  for (const text of ['1', '2', '3']) await publishText(bus, 'a', text);
  await acknowledge(bus, 'quick', 'a', 3);
  const status = await until(bus, ({ messages }) => messages === 3);
  t.is(status.consumers.find(({ name }) => name === 'slow')?.pending, 3);
});

test('a consumer that nobody uses any more keeps everything until it is forgotten', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: 0, maxBytes: 1e9 } });
  await bus.consume('gone for good', { filter: ['a'] });
  for (const text of ['1', '2', '3']) await publishText(bus, 'a', text);
  await acknowledge(bus, 'quick', 'a', 3);
  t.is((await bus.status()).messages, 3);
  t.true(await bus.forget('gone for good'));
  t.is((await until(bus, ({ messages }) => messages === 1)).firstSeq, 3);
});

test('the body of a message stays as long as a verdict on it is to be processed', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: 0, maxBytes: 1e9 } });
  const consumer = await bus.consume('validator', { filter: ['in'] });
  const outbound = await bus.consume('outbound', { filter: ['out'] });
  const { seq } = await publishText(bus, 'in', 'body');
  (await fetchExactly(consumer, 1))[0]?.forward('out', {}, 'key');
  await consumer.flush();
  const [verdict] = await fetchExactly(outbound, 1);
  for (let i = 0; i < 3; i++) await publishText(bus, 'noise', String(i));
  t.is(Buffer.from(verdict?.body ?? []).toString(), 'body');
  t.truthy(await bus.get(seq));
  verdict?.ack();
  await until(bus, ({ messages }) => messages === 1);
  t.is(await bus.get(seq), undefined);
});

test('beyond the limit what is done with makes room for what comes', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: HOUR_MS, maxBytes: 50_000 } });
  for (let i = 0; i < 10; i++) {
    for (let j = 0; j < 10; j++) await publishText(bus, 'a', KILOBYTE);
    await acknowledge(bus, 'c', 'a', 10);
  }
  const { messages, bytes, state } = await bus.status();
  t.is(state, 'ready');
  t.true(messages < 100 && bytes < 60_000);
});

test('when what is unprocessed reaches the limit nothing is taken in, until the consumers caught up', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: HOUR_MS, maxBytes: 20_000 } });
  await bus.consume('c', { filter: ['a'] });
  const error = await t.throwsAsync(
    async () => {
      for (;;) await publishText(bus, 'a', KILOBYTE);
    },
    { instanceOf: HealthosError },
  );
  t.is(error.code, 'bus/full');
  t.truthy(error.retryAfter);
  const { state, reason, messages } = await bus.status();
  t.is(state, 'full');
  t.regex(reason ?? '', /limit/);
  await acknowledge(bus, 'c', 'a', messages);
  await until(bus, (status) => status.state === 'ready');
  t.false((await publishText(bus, 'a', 'again')).duplicate);
});

test('verdicts are stored while the bus is full', async (t) => {
  const { bus } = await temporaryBus(t, { retention: { maxAgeMs: HOUR_MS, maxBytes: 20_000 } });
  const consumer = await bus.consume('c', { filter: ['a'] });
  const verdicts = await bus.consume('v', { filter: ['out'] });
  await t.throwsAsync(async () => {
    for (;;) await publishText(bus, 'a', KILOBYTE);
  });
  (await fetchExactly(consumer, 1))[0]?.forward('out', {}, 'key');
  await consumer.flush();
  t.is((await fetchExactly(verdicts, 1))[0]?.size, 1000);
});

test('objects go with the last message that refers to them, or when none ever did', async (t) => {
  const retention = { maxAgeMs: 0, maxBytes: 1e9 };
  const { bus, path } = await temporaryBus(t, { retention, objectGraceMs: 0 });
  const kept = await bus.objects.put(once('kept'));
  const body = new Uint8Array(0);
  await bus.consume('c', { filter: ['a'] });
  await bus.publish({ subject: 'a', headers: { 'Healthos-Body-Ref': kept.ref }, body });
  await bus.objects.put(once('never referred to'));
  const objects = (): Promise<string[]> => readdir(join(path, 'objects'));
  while ((await objects()).length > 1);
  t.deepEqual(await objects(), [kept.ref]);
  t.true((await bus.status()).bytes > 4);
  await acknowledge(bus, 'c', 'a', 1);
  await publishText(bus, 'b', 'newer');
  while ((await objects()).length > 0);
  const error = await t.throwsAsync(bus.objects.get(kept.ref), { instanceOf: HealthosError });
  t.is(error.code, 'message/body-gone');
});

async function* once(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}
