/** A server without room, and a cluster without a majority: what the bus says of them, and that it goes on by itself. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { connect } from 'nats';
import { openJetStreamBus } from '../../src/bus/jetstream-bus.ts';
import { configOf } from '../../src/bus/jetstream/stream-setup.ts';
import type { BusStatus, MessageBus } from '../../src/bus/message-bus.ts';
import { startNats, startNatsCluster } from '../brokers/nats.ts';
import { publishText } from '../bus/bus-contract.ts';
import { optionsFor, streamOf } from '../bus/temporary-stream.ts';

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

const body = new Uint8Array(200_000);

/** Publishes until a message is refused, and answers with the code. */
async function firstRefusal(bus: MessageBus): Promise<string> {
  for (;;) {
    const refused = await bus.publish({ subject: 'in', headers: {}, body }).then(
      () => undefined,
      (thrown: unknown) => String(Reflect.get(Object(thrown), 'code')),
    );
    if (refused !== undefined) return refused;
  }
}

test('a server that is out of storage makes the bus full, in words, until there is room again', async (t) => {
  const server = await startNats({ maxFile: '4MB' });
  t.teardown(() => server.remove());
  const stream = streamOf();
  const connection = await connect({ servers: server.url });
  t.teardown(() => connection.close());
  const jsm = await connection.jetstreamManager();
  // Somebody made it without a size: the first limit that is met is that of the server.
  await jsm.streams.add({ ...configOf(stream), max_bytes: -1 });
  const bus = await openJetStreamBus(optionsFor(server.url, { stream }));
  t.teardown(() => bus.close());
  const full = became(bus, 'full');
  t.is(await firstRefusal(bus), 'bus/full');
  t.regex((await full) ?? '', /has no room: .*max_bytes/);
  t.like(await bus.status(), { state: 'full', code: 'bus/full' });
  const ready = became(bus, 'ready');
  await jsm.streams.purge(stream.name);
  await ready;
  t.false((await publishText(bus, 'in', 'after')).duplicate);
});

async function threeServers(t: ExecutionContext) {
  const cluster = await startNatsCluster(3);
  t.teardown(() => cluster.remove());
  const target = { servers: cluster.url.split(','), name: 'test' };
  const options = optionsFor('', { target, stream: streamOf({ replicas: 3 }), publishTimeoutMs: 2000 });
  const bus = await openJetStreamBus(options);
  t.teardown(() => bus.close());
  await isReady(bus);
  return { cluster, bus };
}

test('a cluster that has lost its majority makes the bus unavailable, in words, until it is back', async (t) => {
  const { cluster, bus } = await threeServers(t);
  await publishText(bus, 'in', 'before');
  const [, second, third] = cluster.servers;
  const gone = became(bus, 'unavailable');
  await Promise.all([second?.kill(), third?.kill()]);
  t.regex(await firstRefusal(bus), /^bus\/(?:unavailable|timeout)$/);
  t.regex((await gone) ?? '', /electing a leader|cannot be reached|broke off|refused/);
  const back = became(bus, 'ready');
  await Promise.all([second?.start(), third?.start()]);
  await back;
  t.truthy((await publishText(bus, 'in', 'after')).seq);
});
