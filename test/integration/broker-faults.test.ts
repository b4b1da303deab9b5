/** Faults of real brokers under load: every message that a producer had acknowledged ends in one journey, and none in two. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { startKafka } from '../brokers/kafka.ts';
import { startNats } from '../brokers/nats.ts';
import { eventually, type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';
import { journalledBodies } from './ledger.ts';
import { controlIdOf, kafkaSource, Producers, shortSessions, type Source, streamSource } from './sources.ts';

const PRODUCERS = 8;
const PAUSE_MS = 15_000;
const DOWN_MS = 10_000;
/** What the gateway promises once the broker is back. */
const CAUGHT_UP_MS = 10_000;
const KILLS = 20;

interface Status {
  readonly state: string;
  readonly lag: number | null;
  readonly transitions: readonly { readonly to: string; readonly reason: { readonly code: string } | null }[];
}

const sources = {
  Kafka: async (t: ExecutionContext): Promise<Source> => {
    const broker = await startKafka({ properties: shortSessions });
    t.teardown(() => broker.remove());
    return kafkaSource(broker);
  },
  JetStream: async (t: ExecutionContext): Promise<Source> => {
    const server = await startNats();
    t.teardown(() => server.remove());
    return streamSource(server);
  },
};

for (const [name, open] of Object.entries(sources)) {
  test(`a ${name} broker that hangs, and one that is killed, loses and doubles nothing under load`, async (t) => {
    const source = await open(t);
    const folder = temporaryFolder(t);
    const gateway = await startGateway(t, { data: join(folder, 'data'), file: definition(folder, source) });
    const producers = new Producers(source, PRODUCERS);
    t.teardown(() => producers.abandon());
    await flowing(gateway, 100);

    source.broker.pause();
    await setTimeout(PAUSE_MS);
    source.broker.resume();
    await flowing(gateway, (await total(gateway)) + 100);

    await source.broker.kill();
    await eventually('the connector to wait', async () =>
      (await statusOf(gateway)).state === 'backoff' ? true : undefined,
    );
    await setTimeout(DOWN_MS);
    await source.broker.start();
    await flowing(gateway, (await total(gateway)) + 100);
    await producers.stop();

    const held = await source.held();
    await eventually(
      'all of it to be there',
      async () => ((await total(gateway)) >= held.length ? true : undefined),
      CAUGHT_UP_MS,
    );
    await gateway.settled();
    t.deepEqual((await journalled(gateway)).toSorted(), held.toSorted());
    t.deepEqual(lost(producers, held), []);
    const { transitions } = await statusOf(gateway);
    t.true(transitions.some(({ to, reason }) => to === 'backoff' && reason?.code === 'remote/unreachable'));
    t.log(`${producers.acknowledged.size} acknowledged, ${held.length} held`);
  });

  test(`a gateway that is killed ${KILLS} times in the midst of ${name}'s batches loses and doubles nothing`, async (t) => {
    const source = await open(t);
    const folder = temporaryFolder(t);
    const start = () => startGateway(t, { data: join(folder, 'data'), file: definition(folder, source) });
    const producers = new Producers(source, PRODUCERS);
    t.teardown(() => producers.abandon());
    for (let kill = 0; kill < KILLS; kill++) {
      const gateway = await start();
      await flowing(gateway, (await total(gateway)) + 50);
      gateway.kill('SIGKILL');
      await gateway.exited;
    }
    await producers.stop();
    const held = await source.held();
    const gateway = await start();
    await flowing(gateway, held.length);
    await gateway.settled();
    t.deepEqual((await journalled(gateway)).toSorted(), held.toSorted());
    t.deepEqual(lost(producers, held), []);
    t.log(`${held.length} messages over ${KILLS} kills`);
  });
}

test('of two gateways in one Kafka group one is stopped and one killed: nothing is lost, doubled, or left', async (t) => {
  const source = await sources.Kafka(t);
  const bus = await startNats();
  t.teardown(() => bus.remove());
  const folder = temporaryFolder(t);
  const file = definition(folder, source, bus.url);
  const start = (name: string) => startGateway(t, { data: join(folder, name), file });
  const [first, killed] = await Promise.all([start('first'), start('killed')]);
  const producers = new Producers(source, PRODUCERS);
  t.teardown(() => producers.abandon());
  await flowing(killed, 200);
  t.is((await first.stop()).code, 0);
  await flowing(killed, (await total(killed)) + 200);
  const again = await start('first');
  await flowing(again, (await total(again)) + 200);
  killed.kill('SIGKILL');
  await killed.exited;
  await flowing(again, (await total(again)) + 200);
  await producers.stop();

  const held = await source.held();
  await flowing(again, held.length);
  await again.settled();
  t.deepEqual((await journalled(again)).toSorted(), held.toSorted());
  t.deepEqual(lost(producers, held), []);
  await eventually('the lag to be 0', async () => ((await statusOf(again)).lag === 0 ? true : undefined));
  t.log(`${held.length} messages`);
});

function definition(folder: string, { connector }: Source, bus?: string): string {
  const file = join(folder, 'faults.yaml');
  const connectors = [{ type: 'inbound', id: 'source', name: 'Source', config: connector }];
  const app = bus === undefined ? '' : `app: { messaging: { url: '${bus}', sync_always: true } }\n`;
  writeFileSync(
    file,
    `${app}connectors: ${JSON.stringify(connectors)}\nlogging: { level: info, format: json }\n`,
  );
  return file;
}

/** What was acknowledged and is not held. */
function lost({ acknowledged }: Producers, held: readonly string[]): string[] {
  const there = new Set(held);
  return [...acknowledged].filter((controlId) => !there.has(controlId));
}

async function total(gateway: GatewayProcess): Promise<number> {
  const { counts } = await gateway.get<{ counts: { total: number } }>('/admin');
  return counts.total;
}

async function flowing(gateway: GatewayProcess, messages: number): Promise<void> {
  await eventually(`${messages} messages`, async () =>
    (await total(gateway)) >= messages ? true : undefined,
  );
}

function statusOf(gateway: GatewayProcess): Promise<Status> {
  return gateway.get<Status>('/admin/connectors/source');
}

/** The control ids of all journeys, read from the bodies. */
async function journalled(gateway: GatewayProcess): Promise<string[]> {
  return (await journalledBodies(gateway)).map(controlIdOf);
}
