/**
 * What every bus promises, whatever stands behind it: the suite that each adapter passes.
 *
 * A harness opens a bus on a store of its own; `reopen` closes it in order and opens it on the same store.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createHash } from 'node:crypto';
import { HealthosError } from '../../src/errors.ts';
import { DEAD_LETTER_REASON } from '../../src/bus/message-bus.ts';
import type { Consumer, Delivery, MessageBus } from '../../src/bus/message-bus.ts';

export interface BusHarness {
  readonly bus: MessageBus;
  readonly reopen: () => Promise<MessageBus>;
}

export type OpenBus = (t: ExecutionContext) => Promise<BusHarness>;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);
const texts = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ body }) => textOf(body));

export function publishText(bus: MessageBus, subject: string, text: string, duplicateKey?: string) {
  return bus.publish({ subject, headers: { 'Healthos-Data-Id': text }, body: bytes(text), duplicateKey });
}

async function publishAll(bus: MessageBus, subject: string, all: readonly string[]): Promise<void> {
  await Promise.all(all.map((text) => publishText(bus, subject, text)));
}

/** Fetches until so many deliveries came. */
export async function fetchExactly(consumer: Consumer, count: number): Promise<Delivery[]> {
  const all: Delivery[] = [];
  while (all.length < count) all.push(...(await consumer.fetch(count - all.length)));
  return all;
}

export function busContract(name: string, open: OpenBus): void {
  const that = (title: string, check: (t: ExecutionContext, harness: BusHarness) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => check(t, await open(t)));
  };

  that('a published message gets a growing position and can be read back as it was', async (t, { bus }) => {
    const first = await publishText(bus, 'a.b', 'one');
    const second = await publishText(bus, 'a.b', 'two');
    t.true(second.seq > first.seq);
    const read = await bus.get(second.seq);
    t.is(read?.subject, 'a.b');
    t.is(textOf(read?.body ?? bytes('')), 'two');
    t.is(read?.size, 3);
    t.is(read?.headers['Healthos-Data-Id'], 'two');
    t.is(await bus.get(second.seq + 1000), undefined);
  });

  that('headers and bodies of any content come back unchanged', async (t, { bus }) => {
    const headers = { Empty: '', Ünï: 'çödé ✓ 𝄞', Quoted: '"\\ \n\u0000', ['__proto__x']: 'x' };
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { seq } = await bus.publish({ subject: 'a', headers, body });
    const read = await bus.get(seq);
    t.deepEqual({ ...read?.headers }, headers);
    t.deepEqual(Uint8Array.from(read?.body ?? []), body);
    const empty = await bus.publish({ subject: 'a', headers: {}, body: new Uint8Array(0) });
    t.is((await bus.get(empty.seq))?.size, 0);
  });

  that(
    'a second message under a duplicate key is not stored and answers with the first one',
    async (t, { bus }) => {
      const [first, same] = await Promise.all([
        publishText(bus, 'a', 'first', 'key'),
        publishText(bus, 'a', 'again', 'key'),
      ]);
      const later = await publishText(bus, 'a', 'later', 'key');
      const other = await publishText(bus, 'a', 'other', 'other key');
      t.deepEqual(same, { seq: first.seq, duplicate: true });
      t.deepEqual(later, { seq: first.seq, duplicate: true });
      t.false(first.duplicate || other.duplicate);
      t.is((await bus.get(first.seq))?.headers['Nats-Msg-Id'], 'key');
      t.is((await bus.status()).messages, 2);
    },
  );

  that('the duplicate window outlives a restart', async (t, { bus, reopen }) => {
    const first = await publishText(bus, 'a', 'first', 'key');
    const again = await reopen();
    t.deepEqual(await publishText(again, 'a', 'again', 'key'), { seq: first.seq, duplicate: true });
  });

  that('a consumer gets what matches its filter, in order of position', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['v.*', 'w.>'] });
    for (const subject of ['v.a', 'v', 'v.a.b', 'w', 'w.x.y', 'x.a', 'v.b']) {
      await publishText(bus, subject, subject);
    }
    t.deepEqual(texts(await fetchExactly(consumer, 3)), ['v.a', 'w.x.y', 'v.b']);
  });

  that('a fetch waits for a message, and an abort ends the waiting empty', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    const waiting = consumer.fetch(10);
    await publishText(bus, 'a', 'one');
    t.deepEqual(texts(await waiting), ['one']);
    const abort = new AbortController();
    const given = consumer.fetch(10, abort.signal);
    abort.abort();
    t.deepEqual(await given, []);
    t.deepEqual(await consumer.fetch(10, AbortSignal.abort()), []);
  });

  that(
    'a forgotten consumer is in no status any more, and one of its name begins anew',
    async (t, { bus, reopen }) => {
      const consumer = await bus.consume('c', { filter: ['a'] });
      await publishAll(bus, 'a', ['1', '2']);
      for (const delivery of await fetchExactly(consumer, 2)) delivery.ack();
      await consumer.flush();
      await consumer.close();
      t.true(await bus.forget('c'));
      t.false(await bus.forget('c'));
      t.deepEqual((await bus.status()).consumers, []);
      const again = await reopen();
      t.deepEqual((await again.status()).consumers, []);
      const anew = await again.consume('c', { filter: ['a'] });
      t.deepEqual(texts(await fetchExactly(anew, 2)), ['1', '2']);
    },
  );

  that('a consumer that is forgotten while it is open is delivered nothing more', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    t.true(await bus.forget('c'));
    t.deepEqual(await consumer.fetch(1), []);
    await publishText(bus, 'a', 'one');
    const anew = await bus.consume('c', { filter: ['a'] });
    t.deepEqual(texts(await fetchExactly(anew, 1)), ['one']);
  });

  that('what is acknowledged does not come again, what is not does', async (t, { bus, reopen }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    await publishAll(bus, 'a', ['1', '2', '3', '4']);
    const deliveries = await fetchExactly(consumer, 4);
    deliveries[0]?.ack();
    deliveries[2]?.ack();
    await consumer.flush();
    const again = await (await reopen()).consume('c', { filter: ['a'] });
    t.deepEqual(texts(await fetchExactly(again, 2)), ['2', '4']);
  });

  that('a durable consumer goes on where it stands after a restart', async (t, { bus, reopen }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    await publishAll(bus, 'a', ['1', '2']);
    for (const delivery of await fetchExactly(consumer, 2)) delivery.ack();
    await consumer.flush();
    await publishAll(bus, 'a', ['3']);
    const again = await reopen();
    const after = await again.consume('c', { filter: ['a'] });
    t.deepEqual(texts(await fetchExactly(after, 1)), ['3']);
  });

  that('a nak brings the message again with its attempt counted', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    await publishAll(bus, 'a', ['1', '2']);
    const [first, second] = await fetchExactly(consumer, 2);
    second?.ack();
    first?.nak();
    const [again] = await fetchExactly(consumer, 1);
    t.is(first?.attempt, 1);
    t.is(again?.attempt, 2);
    t.is(again?.seq, first?.seq);
    again?.nak(30);
    t.is((await fetchExactly(consumer, 1))[0]?.attempt, 3);
  });

  that('the count of deliveries outlives a restart', async (t, { bus, reopen }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    await publishAll(bus, 'a', ['1']);
    for (let i = 0; i < 2; i++) (await fetchExactly(consumer, 1))[0]?.nak();
    t.is((await fetchExactly(consumer, 1))[0]?.attempt, 3);
    const again = await (await reopen()).consume('c', { filter: ['a'] });
    t.true(((await fetchExactly(again, 1))[0]?.attempt ?? 0) >= 3);
  });

  that('a delivery that stays unanswered comes again after the ack wait', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'], ackWaitMs: 50 });
    await publishAll(bus, 'a', ['1']);
    await fetchExactly(consumer, 1);
    t.is((await fetchExactly(consumer, 1))[0]?.attempt, 2);
  });

  that('only the first answer to a delivery counts', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'] });
    await publishAll(bus, 'a', ['1', '2']);
    const [first] = await fetchExactly(consumer, 2);
    first?.ack();
    first?.nak();
    first?.forward('b', {}, 'key');
    await consumer.flush();
    const { messages, consumers } = await bus.status();
    t.is(messages, 2);
    t.is(consumers[0]?.pending, 1);
  });

  that('with the policy `all` an acknowledgement covers those before it', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'], ackPolicy: 'all' });
    await publishAll(bus, 'a', ['1', '2', '3']);
    const deliveries = await fetchExactly(consumer, 3);
    deliveries[1]?.ack();
    await consumer.flush();
    const [status] = (await bus.status()).consumers;
    t.is(status?.ackFloor, deliveries[1]?.seq);
    t.is(status?.pending, 1);
  });

  that('no more is in flight than may be unanswered', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'], maxAckPending: 2 });
    await publishAll(bus, 'a', ['1', '2', '3']);
    const [first] = await fetchExactly(consumer, 2);
    const waiting = consumer.fetch(5);
    t.is((await bus.status()).consumers[0]?.inFlight, 2);
    first?.ack();
    t.deepEqual(texts(await waiting), ['3']);
  });

  that('after the last delivery a message goes to the dead letters with the reason', async (t, { bus }) => {
    const options = { filter: ['a'], maxDeliver: 2, deadLetter: 'dead' };
    const consumer = await bus.consume('c', options);
    const dead = await bus.consume('d', { filter: ['dead'] });
    await publishAll(bus, 'a', ['1']);
    (await fetchExactly(consumer, 1))[0]?.nak();
    (await fetchExactly(consumer, 1))[0]?.nak();
    const [letter] = await fetchExactly(dead, 1);
    t.is(textOf(letter?.body ?? bytes('')), '1');
    t.is(letter?.headers['Healthos-Data-Id'], '1');
    t.truthy(letter?.headers[DEAD_LETTER_REASON]);
    await consumer.flush();
    t.is((await bus.status()).consumers.find((each) => each.name === 'c')?.pending, 0);
  });

  that(
    'a forward publishes the same body under its own headers and acknowledges',
    async (t, { bus, reopen }) => {
      const consumer = await bus.consume('c', { filter: ['a'] });
      await publishAll(bus, 'a', ['1']);
      (await fetchExactly(consumer, 1))[0]?.forward('valid', { Verdict: 'valid' }, '1/verdict');
      await consumer.flush();
      const again = await reopen();
      const verdicts = await again.consume('v', { filter: ['valid'] });
      const [verdict] = await fetchExactly(verdicts, 1);
      t.is(textOf(verdict?.body ?? bytes('')), '1');
      t.is(verdict?.size, 1);
      t.is(verdict?.headers['Verdict'], 'valid');
      verdict?.forward('passed', { Third: 'yes' }, '1/passed');
      await verdicts.flush();
      const { messages, lastSeq, consumers } = await again.status();
      t.is(messages, 3);
      t.is(textOf((await again.get(lastSeq))?.body ?? bytes('')), '1');
      t.is(consumers.find((each) => each.name === 'c')?.pending, 0);
    },
  );

  that('where only headers are wanted, the body is empty and its size is told', async (t, { bus }) => {
    const consumer = await bus.consume('c', { filter: ['a'], headersOnly: true });
    await publishAll(bus, 'a', ['12345']);
    const [delivery] = await fetchExactly(consumer, 1);
    t.is(delivery?.body.byteLength, 0);
    t.is(delivery?.size, 5);
    t.is(delivery?.headers['Healthos-Data-Id'], '12345');
  });

  that(
    'a new consumer begins at the first message or after a position, and again on reset',
    async (t, { bus }) => {
      await publishAll(bus, 'a', ['1', '2', '3']);
      const [first] = await fetchExactly(await bus.consume('all', { filter: ['a'] }), 1);
      const late = await bus.consume('late', { filter: ['a'], startAfter: first?.seq ?? 0 });
      const two = await fetchExactly(late, 2);
      t.deepEqual(texts(two), ['2', '3']);
      for (const delivery of two) delivery.ack();
      await late.close();
      const anew = await bus.consume('late', { filter: ['a'], startAfter: 0, reset: true });
      t.deepEqual(texts(await fetchExactly(anew, 3)), ['1', '2', '3']);
    },
  );

  that('what a closed consumer had unanswered goes at once to the next one', async (t, { bus }) => {
    const first = await bus.consume('c', { filter: ['a'] });
    await publishAll(bus, 'a', ['1', '2']);
    await fetchExactly(first, 2);
    const ended = first.fetch(1);
    await first.close();
    t.deepEqual(await ended, []);
    t.deepEqual(await first.fetch(1), []);
    const second = await bus.consume('c', { filter: ['a'] });
    t.deepEqual(texts(await fetchExactly(second, 2)), ['1', '2']);
  });

  that('two clients of one consumer share its messages', async (t, { bus }) => {
    const first = await bus.consume('c', { filter: ['a'] });
    const second = await bus.consume('c', { filter: ['a'] });
    const both = [first.fetch(1), second.fetch(1)];
    await publishAll(bus, 'a', ['1', '2', '3', '4']);
    const got = (await Promise.all(both)).flat();
    t.is(new Set(got.map(({ seq }) => seq)).size, 2);
  });

  that('the status counts messages and says where each consumer stands', async (t, { bus }) => {
    const before = Date.now();
    const consumer = await bus.consume('c', { filter: ['a'] });
    t.is((await bus.status()).consumers[0]?.oldest, null);
    await publishAll(bus, 'a', ['1', '2', '3']);
    await publishText(bus, 'other', 'x');
    const [first] = await fetchExactly(consumer, 1);
    first?.ack();
    await consumer.flush();
    const status = await bus.status();
    t.is(status.state, 'ready');
    t.is(status.messages, 4);
    t.true(status.bytes > 0);
    const [own] = status.consumers;
    t.is(own?.pending, 2);
    t.is(own?.ackFloor, first?.seq);
    t.deepEqual(own?.filter, ['a']);
    t.true((own?.oldest ?? 0) >= before - 1000);
  });

  that(
    'what was published before a close is stored, and after it everything says that the bus is closed',
    async (t, { bus, reopen }) => {
      const consumer = await bus.consume('c', { filter: ['a'] });
      const waiting = consumer.fetch(1);
      const published = publishText(bus, 'b', 'last');
      const again = await reopen();
      t.is(textOf((await again.get((await published).seq))?.body ?? bytes('')), 'last');
      t.deepEqual(await waiting, []);
      const error = await t.throwsAsync(publishText(bus, 'a', 'late'), { instanceOf: HealthosError });
      t.is(error.code, 'bus/closed');
      t.is((await t.throwsAsync(bus.get(1), { instanceOf: HealthosError })).code, 'bus/closed');
    },
  );

  that('an object is stored whole, with its size and hash', async (t, { bus }) => {
    const chunks = [bytes('large '), bytes('body')];
    const put = await bus.objects.put(stream(chunks));
    t.is(put.size, 10);
    t.is(put.sha256, createHash('sha256').update('large body').digest('hex'));
    const read: Uint8Array[] = [];
    for await (const chunk of await bus.objects.get(put.ref)) read.push(chunk);
    t.is(textOf(Buffer.concat(read)), 'large body');
  });

  that('an object that is not there is gone', async (t, { bus }) => {
    for (const ref of ['01981f6e-7c4a-4000-8000-0123456789ab', '../../bus.db', '']) {
      const error = await t.throwsAsync(bus.objects.get(ref), { instanceOf: HealthosError });
      t.is(error.code, 'message/body-gone');
    }
  });

  that('a source that fails makes no object, and its own error comes back', async (t, { bus }) => {
    const broken = (async function* () {
      yield bytes('half');
      await Promise.resolve();
      throw new TypeError('the connection broke');
    })();
    await t.throwsAsync(bus.objects.put(broken), { instanceOf: TypeError });
  });
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield chunk;
  }
}
