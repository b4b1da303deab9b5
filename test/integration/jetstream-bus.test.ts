import test from 'ava';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { connect } from 'nats';
import type { JetStreamManager } from 'nats';
import { openJetStreamBus } from '../../src/bus/jetstream-bus.ts';
import type { BusStatus, Consumer, MessageBus } from '../../src/bus/message-bus.ts';
import { HealthosError } from '../../src/errors.ts';
import { busContract, fetchExactly, publishText } from '../bus/bus-contract.ts';
import { optionsFor, streamOf, temporaryStream } from '../bus/temporary-stream.ts';
import { startNats, startNatsCluster } from '../brokers/nats.ts';

const server = await startNats();
test.after.always(() => server.remove());

busContract('jetstream', (t) => temporaryStream(t, server));

function became(bus: MessageBus, wanted: BusStatus['state']): Promise<string | null> {
  return new Promise((resolve) => {
    const end = bus.onState(({ state, reason }) => {
      if (state !== wanted) return;
      end();
      resolve(reason);
    });
  });
}

/** It may become so while its status is asked for. */
async function isReady(bus: MessageBus): Promise<void> {
  const ready = became(bus, 'ready');
  if ((await bus.status()).state !== 'ready') await ready;
}

interface Publishing {
  /** The keys that were acknowledged. */
  readonly stored: Set<string>;
  stop(): Promise<void>;
}

/** Eight producers; each tries a message again, under the same key, until it is acknowledged. */
function publishOn(bus: MessageBus): Publishing {
  const stored = new Set<string>();
  let isOver = false;
  const produce = async (producer: number): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      const key = `${producer}-${i}`;
      while (!stored.has(key)) {
        await publishText(bus, 'in', key.padEnd(1000, '.'), key)
          .then(() => stored.add(key))
          .catch((thrown: unknown) => {
            if (!(thrown instanceof HealthosError) || thrown.kind !== 'retry') throw thrown;
          });
        await setTimeout(1);
      }
    }
  };
  const producers = Array.from({ length: 8 }, (_, producer) => produce(producer));
  const stop = async (): Promise<void> => {
    isOver = true;
    await Promise.all(producers);
  };
  return { stored, stop };
}

/** Forwards all that comes until the consumer is closed. */
async function forwardAll(consumer: Consumer): Promise<void> {
  for (;;) {
    const deliveries = await consumer.fetch(64);
    if (deliveries.length === 0) return;
    for (const delivery of deliveries) {
      delivery.forward('out', delivery.headers, `${delivery.headers['Nats-Msg-Id'] ?? ''}/verdict`);
    }
  }
}

function missing(found: readonly string[], wanted: ReadonlySet<string>): string[] {
  return [...wanted].filter((key) => !found.includes(key));
}

/** The keys of what was forwarded, in their order on the bus. */
async function forwarded(bus: MessageBus, count: number): Promise<string[]> {
  const consumer = await bus.consume('all', { filter: ['out'], maxAckPending: 100_000 });
  const keys = (await fetchExactly(consumer, count)).map(({ headers }) => headers['Healthos-Data-Id'] ?? '');
  await consumer.close();
  return keys.map((key) => key.replaceAll('.', ''));
}

async function untilNothingIsPending(bus: MessageBus, name: string): Promise<void> {
  for (;;) {
    const status = await bus.status();
    const own = status.consumers.find((consumer) => consumer.name === name);
    if (own?.pending === 0 && status.state === 'ready') return;
    await setTimeout(50);
  }
}

test('jetstream: what was acknowledged survives a kill -9 of the server under load, and none is there twice', async (t) => {
  const own = await startNats();
  t.teardown(() => own.remove());
  const { bus } = await temporaryStream(t, own);
  const consumer = await bus.consume('validator', { filter: ['in'], ackWaitMs: 2000 });
  const forwarding = forwardAll(consumer);
  const publishing = publishOn(bus);
  await fetchExactly(await bus.consume('some', { filter: ['out'], headersOnly: true }), 500);
  const gone = became(bus, 'unavailable');
  await own.kill();
  t.regex((await gone) ?? '', new RegExp(`127.0.0.1:${own.port}`));
  const error = await t.throwsAsync(publishText(bus, 'in', 'refused'), { instanceOf: HealthosError });
  t.is(error.code, 'bus/unavailable');
  t.truthy(error.retryAfter);
  const back = became(bus, 'ready');
  await own.start();
  await back;
  const before = publishing.stored.size;
  while (publishing.stored.size < before + 500) await setTimeout(20);
  await publishing.stop();
  const { stored } = publishing;
  await untilNothingIsPending(bus, 'validator');
  await consumer.close();
  await forwarding;
  const { messages } = await bus.status();
  t.is(messages, 2 * stored.size);
  const keys = await forwarded(bus, messages - stored.size);
  t.deepEqual(missing(keys, stored), []);
});

test('jetstream: a server that hangs makes the bus unavailable, and all goes on when it does', async (t) => {
  const own = await startNats();
  t.teardown(() => own.remove());
  const { bus } = await temporaryStream(t, own);
  const consumer = await bus.consume('validator', { filter: ['in'], ackWaitMs: 2000 });
  const forwarding = forwardAll(consumer);
  const publishing = publishOn(bus);
  await fetchExactly(await bus.consume('some', { filter: ['out'], headersOnly: true }), 200);
  const gone = became(bus, 'unavailable');
  own.pause();
  t.truthy(await gone);
  await setTimeout(5_000);
  const back = became(bus, 'ready');
  own.resume();
  await back;
  const before = publishing.stored.size;
  while (publishing.stored.size < before + 200) await setTimeout(20);
  await publishing.stop();
  await untilNothingIsPending(bus, 'validator');
  await consumer.close();
  await forwarding;
  const { messages } = await bus.status();
  t.is(messages, 2 * publishing.stored.size);
  const keys = await forwarded(bus, messages - publishing.stored.size);
  t.deepEqual(missing(keys, publishing.stored), []);
});

async function managing(url: string, work: (jsm: JetStreamManager) => Promise<unknown>): Promise<void> {
  const connection = await connect({ servers: url });
  await work(await connection.jetstreamManager());
  await connection.close();
}

test('jetstream: a consumer that is deleted while it is read is made anew, and nothing is left out', async (t) => {
  const { bus, options } = await temporaryStream(t, server);
  const consumer = await bus.consume('c', { filter: ['in'] });
  await publishText(bus, 'in', '1');
  for (const delivery of await fetchExactly(consumer, 1)) delivery.ack();
  await consumer.flush();
  const waiting = consumer.fetch(10);
  await managing(server.url, (jsm) => jsm.consumers.delete(options.stream.name, 'c'));
  await publishText(bus, 'in', '2');
  const texts = (await waiting).map(({ headers }) => headers['Healthos-Data-Id']);
  while (!texts.includes('2')) {
    texts.push(...(await consumer.fetch(10)).map(({ headers }) => headers['Healthos-Data-Id']));
  }
  t.is(texts.at(-1), '2');
});

test('jetstream: a stream that is deleted is made anew, and what is published then is consumed', async (t) => {
  const { bus, options } = await temporaryStream(t, server);
  const consumer = await bus.consume('c', { filter: ['in'] });
  await publishText(bus, 'in', '1');
  for (const delivery of await fetchExactly(consumer, 1)) delivery.ack();
  await consumer.flush();
  const gone = became(bus, 'unavailable');
  await managing(server.url, (jsm) => jsm.streams.delete(options.stream.name));
  await t.throwsAsync(publishText(bus, 'in', '2'), { code: 'bus/unavailable' });
  t.truthy(await gone);
  await isReady(bus);
  await publishText(bus, 'in', '3');
  const [next] = await fetchExactly(consumer, 1);
  t.is(next?.headers['Healthos-Data-Id'], '3');
});

test('jetstream: the work of a thread that dies goes to another client of the consumer', async (t) => {
  const { bus } = await temporaryStream(t, server);
  const { ticket, transfer } = bus.share();
  const worker = new Worker(new URL('../bus/joined-thread.ts', import.meta.url), {
    workerData: ticket,
    transferList: [...transfer],
  });
  await once(worker, 'message');
  await publishText(bus, 'in', 'one');
  const verdicts = await bus.consume('verdicts', { filter: ['out'] });
  t.is((await fetchExactly(verdicts, 1))[0]?.headers['By'], 'thread');
  await publishText(bus, 'in', 'keep');
  await once(worker, 'message');
  await worker.terminate();
  const heir = await bus.consume('joined', { filter: ['in'], ackWaitMs: 500 });
  const [kept] = await fetchExactly(heir, 1);
  t.is(kept?.headers['Healthos-Data-Id'], 'keep');
  t.is(kept?.attempt, 2);
});

test('jetstream: two gateways share a consumer, and each has its own of what every one reads', async (t) => {
  const { bus: first, options } = await temporaryStream(t, server);
  const second = await openJetStreamBus({ ...options, gateway: 'two' });
  t.teardown(() => second.close());
  const own = { filter: ['in'], perGateway: true, ackPolicy: 'all', headersOnly: true } as const;
  const [here, there] = [await first.consume('journal', own), await second.consume('journal', own)];
  const shared = [
    await first.consume('validator', { filter: ['in'], maxAckPending: 4 }),
    await second.consume('validator', { filter: ['in'], maxAckPending: 4 }),
  ];
  const ids = Array.from({ length: 40 }, (_, i) => String(i));
  const got: string[] = [];
  const working = shared.map(async (consumer) => {
    for (;;) {
      const deliveries = await consumer.fetch(2);
      if (deliveries.length === 0) return;
      for (const delivery of deliveries) {
        got.push(delivery.headers['Healthos-Data-Id'] ?? '');
        delivery.ack();
      }
    }
  });
  for (const id of ids) await publishText(first, 'in', id);
  for (const journal of [here, there]) {
    const seen = await fetchExactly(journal, ids.length);
    t.deepEqual(
      seen.map(({ headers }) => headers['Healthos-Data-Id']),
      ids,
    );
    seen.at(-1)?.ack();
    await journal.flush();
  }
  await untilNothingIsPending(first, 'validator');
  await Promise.all(shared.map((consumer) => consumer.close()));
  await Promise.all(working);
  t.deepEqual(got.toSorted(), ids.toSorted());
  const names = (await first.status()).consumers.map(({ name }) => name);
  t.deepEqual(names.toSorted(), ['journal', 'journal-two', 'validator']);
});

test('jetstream: an own consumer begins anew after what it acknowledged when the server comes back', async (t) => {
  const own = await startNats();
  t.teardown(() => own.remove());
  const { bus } = await temporaryStream(t, own);
  const consumer = await bus.consume('journal', { filter: ['in'], perGateway: true, ackPolicy: 'all' });
  for (const text of ['1', '2', '3']) await publishText(bus, 'in', text);
  const [first] = await fetchExactly(consumer, 3);
  first?.ack();
  const waiting = consumer.fetch(1);
  const back = became(bus, 'ready');
  await own.kill();
  await own.start();
  await back;
  const rest = [...(await waiting), ...(await fetchExactly(consumer, 1))];
  t.deepEqual(
    rest.map(({ headers }) => headers['Healthos-Data-Id']),
    ['2', '3'],
  );
});

test('jetstream: a server that is down at the start makes the bus unavailable until it is there', async (t) => {
  const own = await startNats();
  t.teardown(() => own.remove());
  await own.kill();
  const bus = await openJetStreamBus(optionsFor(own.url));
  t.teardown(() => bus.close());
  const { state, reason } = await bus.status();
  t.is(state, 'unavailable');
  t.regex(reason ?? '', new RegExp(`127.0.0.1:${own.port}`));
  const ready = became(bus, 'ready');
  await own.start();
  await ready;
  t.false((await publishText(bus, 'in', '1')).duplicate);
});

test('jetstream: a message that is larger than the server takes is refused with the limit to raise', async (t) => {
  const { bus } = await temporaryStream(t, server);
  const body = new Uint8Array(2 * 1024 * 1024);
  const error = await t.throwsAsync(bus.publish({ subject: 'in', headers: {}, body }), {
    code: 'request/too-large',
  });
  t.regex(error.message, /max_payload/);
});

test('jetstream: a message of another client that grows beyond the limit is forwarded by claim check', async (t) => {
  const { bus } = await temporaryStream(t, server);
  const body = Buffer.alloc(1024 * 1024 - 100, 'x');
  const connection = await connect({ servers: server.url });
  await connection.jetstream().publish('in', body);
  await connection.close();
  const consumer = await bus.consume('c', { filter: ['in'] });
  const [delivery] = await fetchExactly(consumer, 1);
  delivery?.forward('out', { 'Healthos-Issues': 'i'.repeat(4000) }, 'key');
  await consumer.flush();
  const [verdict] = await fetchExactly(await bus.consume('o', { filter: ['out'] }), 1);
  t.is(verdict?.size, 0);
  let size = 0;
  for await (const chunk of await bus.objects.get(verdict?.headers['Healthos-Body-Ref'] ?? '')) {
    size += chunk.byteLength;
  }
  t.is(size, body.byteLength);
});

test('jetstream: a stream that takes no more refuses with `bus/full`, and says what to raise', async (t) => {
  const { bus } = await temporaryStream(t, server, { stream: streamOf({ maxBytes: 100_000 }) });
  await bus.consume('c', { filter: ['in'] });
  const error = await t.throwsAsync(
    async () => {
      for (let i = 0; ; i++) await publishText(bus, 'in', String(i).padEnd(1000));
    },
    { code: 'bus/full' },
  );
  t.regex(error.message, /max_bytes/);
});

test('jetstream: the leader of a cluster is killed under load, and nothing that was acknowledged is lost', async (t) => {
  const cluster = await startNatsCluster();
  t.teardown(() => cluster.remove());
  const servers = cluster.url.split(',');
  const stream = streamOf({ replicas: 3 });
  const bus = await openJetStreamBus(optionsFor(cluster.url, { target: { servers, name: 'test' }, stream }));
  t.teardown(() => bus.close());
  await isReady(bus);
  const consumer = await bus.consume('validator', { filter: ['in'], ackWaitMs: 2000 });
  const forwarding = forwardAll(consumer);
  const publishing = publishOn(bus);
  await fetchExactly(await bus.consume('some', { filter: ['out'], headersOnly: true }), 500);
  let leader: string | undefined;
  await managing(servers[0] ?? '', async (jsm) => {
    leader = (await jsm.streams.info(stream.name)).cluster?.leader;
  });
  const killedAt = performance.now();
  await cluster.servers.find(({ name }) => name === leader)?.kill();
  const before = publishing.stored.size;
  while (publishing.stored.size < before + 500) await setTimeout(20);
  t.log(
    `500 more were acknowledged ${Math.round(performance.now() - killedAt)} ms after the leader was killed`,
  );
  await publishing.stop();
  await untilNothingIsPending(bus, 'validator');
  await consumer.close();
  await forwarding;
  const { messages } = await bus.status();
  t.is(messages, 2 * publishing.stored.size);
  const keys = await forwarded(bus, messages - publishing.stored.size);
  t.deepEqual(missing(keys, publishing.stored), []);
});

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}

async function isThere(bus: MessageBus, ref: string): Promise<boolean> {
  try {
    await bus.objects.get(ref);
    return true;
  } catch (thrown) {
    if (thrown instanceof HealthosError && thrown.code === 'message/body-gone') return false;
    throw thrown;
  }
}

test('jetstream: an object stays while a message refers to it, also one that came later, and then goes', async (t) => {
  const { bus } = await temporaryStream(t, server, { maxAgeMs: 0, objectGraceMs: 200 });
  const consumer = await bus.consume('c', { filter: ['in'] });
  const later = await bus.consume('later', { filter: ['in', 'out'] });
  const { ref } = await bus.objects.put(chunksOf('kept'));
  const headers = { 'Healthos-Body-Ref': ref };
  await bus.publish({ subject: 'in', headers, body: new Uint8Array(0) });
  await setTimeout(400);
  const [delivery] = await fetchExactly(consumer, 1);
  delivery?.forward('out', headers, 'verdict');
  await consumer.flush();
  await publishText(bus, 'other', 'newer');
  const [message, verdict] = await fetchExactly(later, 2);
  message?.ack();
  while ((await bus.get(1)) !== undefined) await setTimeout(50);
  await setTimeout(1500);
  t.true(await isThere(bus, ref));
  verdict?.ack();
  while (await isThere(bus, ref)) await setTimeout(50);
  t.pass();
});

test('jetstream: what a put that was broken off left behind is collected', async (t) => {
  const { bus, options } = await temporaryStream(t, server, { objectGraceMs: 200 });
  const { name } = options.stream;
  const broken = '01981f6e-7c4a-7000-8000-0123456789ab';
  const left = async (): Promise<number> => {
    let messages = 0;
    await managing(server.url, async (jsm) => {
      messages = (await jsm.streams.info(`OBJ_${name}`)).state.messages;
    });
    return messages;
  };
  const connection = await connect({ servers: server.url });
  await connection.jetstream().publish(`$O.${name}.C.${broken}`, Buffer.from('half'));
  await connection.close();
  while ((await left()) > 0) await setTimeout(50);
  t.is((await bus.status()).state, 'ready');
});

test('jetstream: an object of ours is one for every client of the object store', async (t) => {
  const { bus, options } = await temporaryStream(t, server);
  const { ref, size } = await bus.objects.put(chunksOf('large body'));
  const connection = await connect({ servers: server.url });
  const store = await connection.jetstream().views.os(options.stream.name);
  t.is(Buffer.from((await store.getBlob(ref)) ?? []).toString(), 'large body');
  t.is((await store.info(ref))?.size, size);
  await connection.close();
});
