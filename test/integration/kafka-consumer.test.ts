/** KafkaConsumer on a real broker: what it takes in, in which order, and what becomes of what it cannot decode. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import kafkajs from 'kafkajs';
import { HealthosError } from '../../src/errors.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import type { KafkaConsumerConfig } from '../../src/connectors/kafka-consumer/config.ts';
import { kafkaConsumer } from '../../src/connectors/kafka-consumer/index.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import type { Arrival, Deliver, Receipt } from '../../src/messages/envelope.ts';
import { temporaryBus } from '../bus/temporary-bus.ts';
import { contextOf, receipt, start, textOf } from '../connectors/contract-world.ts';
import {
  allCommitted,
  closeKafkaWorld,
  coordinated,
  kafkaWorld,
  produce,
  waitingOf,
} from './kafka-harness.ts';

test.after.always('its broker ends', closeKafkaWorld);

/** A topic and a group of its own. */
async function enter(t: ExecutionContext, partitions = 1, settings: Readonly<Record<string, unknown>> = {}) {
  const world = await kafkaWorld();
  const topic = `topic-${randomUUID()}`;
  const group = `group-${randomUUID()}`;
  await world.broker.createTopic(topic, partitions);
  await coordinated(world.admin, group);
  const lent = contextOf(undefined, {
    put: () => Promise.resolve(large),
    get: () => Promise.reject(new Error('no')),
  });
  const make = (more: Readonly<Record<string, unknown>> = {}): Connector => {
    const value: unknown = kafkaConsumer.schema.validate({
      bootstrap_servers: world.broker.plain,
      group_id: group,
      topics: topic,
      ...settings,
      ...more,
    }).value;
    const connector = kafkaConsumer.create(value as KafkaConsumerConfig, lent.context);
    t.teardown(() => connector.close());
    return connector;
  };
  return { ...world, ...lent, topic, group, make, done: () => allCommitted(world.admin, group, topic) };
}

const large = { ref: 'object', size: 300_000, sha256: '0'.repeat(64) };

const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
const codecs = [None, GZIP, Snappy, LZ4, ZSTD];

/** Delivers into a list. */
function taking(): { readonly taken: Arrival[]; readonly deliver: Deliver } {
  const taken: Arrival[] = [];
  return {
    taken,
    deliver(arrival) {
      taken.push(arrival);
      return Promise.resolve(receipt);
    },
  };
}

test.serial(
  'thousands of messages of several partitions come once each, in the order of their partition',
  async (t) => {
    const { producer, topic, make, done } = await enter(t, 4);
    for (let from = 0; from < 8000; from += 1000) {
      const messages = Array.from({ length: 1000 }, (_, at) => ({
        value: String(from + at),
        partition: at % 4,
      }));
      await produce(producer, topic, messages);
    }
    const { taken, deliver } = taking();
    const session = await start(make(), deliver);
    await done();
    await session.end();
    t.is(new Set(taken.map(({ sourceKey }) => sourceKey)).size, 8000);
    for (const partition of ['0', '1', '2', '3']) {
      const offsets = taken
        .filter(({ source }) => source?.['Healthos-Source-Partition'] === partition)
        .map(({ source }) => Number(source?.['Healthos-Source-Offset']));
      t.deepEqual(
        offsets,
        Array.from({ length: 2000 }, (_, at) => at),
      );
    }
  },
);

test.serial(
  'every codec is unpacked; a tombstone is counted and passed; a large value goes by claim check',
  async (t) => {
    const { producer, topic, make, done, refused } = await enter(t);
    for (const compression of codecs)
      await produce(producer, topic, [{ value: `codec ${compression}` }], compression);
    await produce(producer, topic, [{ key: 'gone', value: null }]);
    await produce(producer, topic, [{ value: Buffer.alloc(300_000, 'x') }, { value: 'last' }]);
    const { taken, deliver } = taking();
    const session = await start(make(), deliver);
    await done();
    await session.end();
    t.deepEqual(taken.map(textOf), ['codec 0', 'codec 1', 'codec 2', 'codec 3', 'codec 4', '', 'last']);
    t.like(taken[5]?.body, large);
    t.deepEqual(refused, ['request/empty-body']);
  },
);

test.serial('nothing behind the first message that was not stored is committed', async (t) => {
  const { producer, topic, make, admin, group, done } = await enter(t);
  await produce(
    producer,
    topic,
    Array.from({ length: 10 }, (_, at) => ({ value: String(at) })),
  );
  const connector = make();
  const failing = await start(connector, (arrival) =>
    textOf(arrival) === '4'
      ? Promise.reject(new HealthosError('bus/full', 'Full.'))
      : Promise.resolve(receipt),
  );
  await t.throwsAsync(failing.running, { code: 'bus/full' });
  t.is(await waitingOf(admin, group, topic), 6);
  const { taken, deliver } = taking();
  const session = await start(connector, deliver);
  await done();
  await session.end();
  t.deepEqual(taken.map(textOf), ['4', '5', '6', '7', '8', '9']);
});

test.serial(
  'a damaged batch stops it in front of it, by name; told to skip, it counts it and goes on',
  async (t) => {
    const { folder, producer, topic, make, admin, group, done, refused } = await enter(t);
    for (const value of ['before', 'damaged-damaged-damaged', 'behind']) {
      await produce(producer, topic, [{ value }], kafkajs.CompressionTypes.None);
    }
    await damage(join(folder, 'log', `${topic}-0`, '00000000000000000000.log'), 'damaged-damaged');
    const { taken, deliver } = taking();
    const failing = await start(make(), deliver);
    const error = await t.throwsAsync(failing.running, { code: 'remote/undecodable' });
    t.true(error.message.includes(`topic ${topic}, partition 0, offset 1,`));
    t.deepEqual(taken.map(textOf), ['before']);
    t.is(await waitingOf(admin, group, topic), 2);
    const session = await start(make({ on_undecodable: 'skip' }), deliver);
    await done();
    await session.end();
    t.deepEqual(taken.map(textOf), ['before', 'behind']);
    t.deepEqual(refused, ['remote/undecodable']);
  },
);

test.serial(
  'a batch whose end is damaged is passed over alone, and only once the topic says where the next one begins',
  async (t) => {
    const { folder, producer, topic, make, admin, group, done } = await enter(t, 1, {
      on_undecodable: 'skip',
    });
    await produce(producer, topic, [{ value: 'before' }]);
    await produce(producer, topic, [{ value: 'damaged' }, { value: 'damaged too' }]);
    const file = join(folder, 'log', `${topic}-0`, '00000000000000000000.log');
    await change(file, 'damaged', (batch) => batch.writeInt32BE(1000, LAST_OFFSET_DELTA));
    const { taken, deliver } = taking();
    const failing = await start(make(), deliver);
    await t.throwsAsync(failing.running, { code: 'remote/undecodable', message: /offsets from 1,/ });
    t.is(await waitingOf(admin, group, topic), 2);
    await produce(producer, topic, [{ value: 'behind' }]);
    const session = await start(make(), deliver);
    await done();
    await session.end();
    t.deepEqual(taken.map(textOf), ['before', 'behind']);
  },
);

test.serial(
  'a topic that is deleted and made anew is read from its start, and nothing is a duplicate',
  async (t) => {
    const { broker, admin, producer, topic, make, done } = await enter(t);
    const { bus } = await temporaryBus(t);
    const ingest = createIngest(bus);
    const receipts: Receipt[] = [];
    const deliver: Deliver = async (arrival) => {
      const receipt = await ingest('kafka', arrival);
      receipts.push(receipt);
      return receipt;
    };
    await produce(producer, topic, [{ value: 'old' }]);
    const connector = make();
    const first = await start(connector, deliver);
    await done();
    await admin.deleteTopics({ topics: [topic] });
    await t.throwsAsync(first.running, { code: 'remote/unknown-topic' });
    await broker.createTopic(topic);
    await produce(producer, topic, [{ value: 'new' }]);
    const session = untilItRuns(connector, deliver);
    await done();
    await session.end();
    t.deepEqual(
      receipts.map(({ duplicate }) => duplicate),
      [false, false],
    );
  },
);

test.serial(
  'a transaction that is left open holds back what follows it, and is no lag; read_uncommitted does not wait',
  async (t) => {
    const { kafka, producer, topic, make, admin, group } = await enter(t);
    await produce(producer, topic, [{ value: 'before' }]);
    const transactional = kafka.producer({
      transactionalId: topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await transactional.connect();
    t.teardown(() => transactional.disconnect());
    const open = await transactional.transaction();
    await open.send({ topic, messages: [{ value: 'in the transaction' }] });
    await produce(producer, topic, [{ value: 'behind' }]);

    const hasty = taking();
    const impatient = await start(
      make({ isolation_level: 'read_uncommitted', group_id: `${group}-hasty` }),
      hasty.deliver,
    );
    while (hasty.taken.length < 3) await turn();
    await impatient.end();
    t.deepEqual(hasty.taken.map(textOf), ['before', 'in the transaction', 'behind']);

    const { taken, deliver } = taking();
    const connector = make();
    const session = await start(connector, deliver);
    while ((await waitingOf(admin, group, topic)) > 0 || taken.length === 0) await turn();
    t.is(await connector.lag?.(), 0);
    t.deepEqual(taken.map(textOf), ['before']);
    await open.abort();
    while (taken.length < 2) await turn();
    await session.end();
    t.deepEqual(taken.map(textOf), ['before', 'behind']);
  },
);

test.serial(
  'two members share the partitions; where one leaves, the other reads on without loss',
  async (t) => {
    const { producer, topic, make, done } = await enter(t, 4);
    const { taken, deliver } = taking();
    const first = await start(make(), deliver);
    const second = await start(make(), deliver);
    const send = (from: number) =>
      produce(
        producer,
        topic,
        Array.from({ length: 400 }, (_, at) => ({ value: String(from + at), partition: at % 4 })),
      );
    await send(0);
    await done();
    await Promise.all([first.end(), send(400)]);
    await done();
    await second.end();
    t.is(new Set(taken.map(({ sourceKey }) => sourceKey)).size, 800);
  },
);

test.serial('a topic that is deleted while it runs is seen and said', async (t) => {
  const { admin, topic, make } = await enter(t);
  const session = await start(make(), () => Promise.resolve(receipt));
  await admin.deleteTopics({ topics: [topic] });
  await t.throwsAsync(session.running, { code: 'remote/unknown-topic', message: new RegExp(topic) });
});

test.serial(
  'a broker that keeps silent is seen; nothing is lost when it goes on, and none comes twice',
  async (t) => {
    const { broker, producer, topic, make, done } = await enter(t, 2, { request_timeout_ms: 2000 });
    const { taken, deliver } = taking();
    const connector = make();
    const silenced = await start(connector, deliver);
    await produce(producer, topic, [{ value: 'before' }]);
    await done();
    broker.pause();
    await t.throwsAsync(silenced.running, { code: 'remote/unreachable', message: /request_timeout_ms/ });
    broker.resume();
    await produce(producer, topic, [{ value: 'after' }]);
    const session = untilItRuns(connector, deliver);
    await done();
    await session.end();
    t.deepEqual(taken.map(textOf), ['before', 'after']);
  },
);

test.serial(
  'a broker that is killed is seen; when it is back the group is joined anew at once',
  async (t) => {
    const { broker, producer, topic, make, done } = await enter(t, 2);
    const { taken, deliver } = taking();
    const connector = make();
    const killed = await start(connector, deliver);
    await produce(producer, topic, [{ value: 'before' }]);
    await done();
    await broker.kill();
    await t.throwsAsync(killed.running, { code: 'remote/unreachable' });
    await t.throwsAsync(connector.connect(new AbortController().signal), { code: 'remote/unreachable' });
    await broker.start();
    await produce(producer, topic, [{ value: 'after' }]);
    const session = untilItRuns(connector, deliver);
    await done();
    await session.end();
    t.deepEqual(taken.map(textOf), ['before', 'after']);
  },
);

/** What the actor does: connects anew as long as what goes wrong is worth another try. */
function untilItRuns(connector: Connector, deliver: Deliver): { end(): Promise<void> } {
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted) {
      try {
        await connector.connect(ending.signal);
        await connector.run(deliver, ending.signal);
      } catch (thrown) {
        if (!(thrown instanceof HealthosError && thrown.kind === 'retry')) throw thrown;
      }
    }
  })();
  return {
    end() {
      ending.abort();
      return running;
    },
  };
}

/** Bytes change on the broker's disk: it sends them as they are. */
async function damage(file: string, text: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.write('X', bytes.indexOf(text));
  await writeFile(file, bytes);
}

/** Of a record batch (Kafka protocol guide, "Record Batch"): where its records begin, and where its last offset stands. */
const HEADER = 61;
const LAST_OFFSET_DELTA = 23;

/** The batch whose first record holds the text is changed as well. */
async function change(file: string, text: string, how: (batch: Buffer) => void): Promise<void> {
  const bytes = await readFile(file);
  // Before the value stand lengths and flags of its record, a byte each.
  const recordHeader = 7;
  how(bytes.subarray(bytes.indexOf(text) - recordHeader - HEADER));
  await writeFile(file, bytes);
}
