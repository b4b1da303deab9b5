/** The seed's service definitions on real brokers at the seed's ports: they start unchanged, and what they name works. */
import { resolve } from 'node:path';
import test from 'ava';
import type { ConnectorStatus } from '../../src/actors/status.ts';
import type { JourneyItem } from '../../src/store/journal.ts';
import { type Infra, startInfra } from '../brokers/infra.ts';
import { healthos } from '../cli/cli.ts';
import { eventually, type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';

let infra: Infra;

test.before(async () => {
  infra = await startInfra();
});
test.after.always(() => infra.remove());

async function start(t: Parameters<typeof startGateway>[0], file: string): Promise<GatewayProcess> {
  const gateway = await startGateway(t, { file: resolve(file), data: temporaryFolder(t) });
  await eventually('every connector to consume', async () => {
    const connectors = await gateway.get<ConnectorStatus[]>('/admin/connectors');
    return connectors.every(({ substate }) => substate === 'consuming') ? true : undefined;
  });
  return gateway;
}

/** Sends a sample, and resolves when it has its verdict in the name of this connector. */
async function verdictOf(
  gateway: GatewayProcess,
  connector: string,
  args: readonly string[],
): Promise<string> {
  const sent = await healthos(['send', '--sample', 'x12-270', ...args]);
  if (sent.status !== 0) throw new Error(`${sent.stdout}${sent.stderr}`);
  return eventually(`a verdict of what came to ${connector}`, async () => {
    const { items } = await gateway.get<{ items: JourneyItem[] }>(`/admin/messages?connector=${connector}`);
    return items.find(({ state }) => state !== 'received')?.state;
  });
}

for (const name of ['quickstart-config.yml', 'healthos-core-config.yml']) {
  test(`the seed's ${name} starts unchanged on its NATS server, and takes messages in`, async (t) => {
    const gateway = await start(t, `test/config/fixtures/seed/${name}`);
    const { bus } = await gateway.get<{ bus: { kind: string; url: string } }>('/admin');
    t.like(bus, { kind: 'jetstream', url: 'nats://localhost:4222' });
    t.is(await verdictOf(gateway, 'rest-in', ['--to', `${gateway.url}/ingress`]), 'valid');
    t.notRegex(gateway.log, /"level":50/);
    t.is((await gateway.stop()).code, 0);
  });
}

test("the seed's demo-config.yml starts unchanged, and takes in what comes by REST, NATS and Kafka", async (t) => {
  const gateway = await start(t, 'test/config/fixtures/seed/demo-config.yml');
  const nats = ['--via', 'nats', '--to', infra.nats.url, '--subject', 'healthy-data'];
  const kafka = ['--via', 'kafka', '--to', infra.kafka.plain, '--topic', 'healthy-data'];
  t.is(await verdictOf(gateway, 'nats-in', nats), 'valid');
  t.is(await verdictOf(gateway, 'kafka-in', kafka), 'valid');
  t.notRegex(gateway.log, /"level":50/);
  t.is((await gateway.stop()).code, 0);
});

test('the demo goes through REST, MLLP, Kafka, JetStream and core NATS, and each message ends as its sample says', async (t) => {
  const { status, stderr } = await healthos(['demo', '-f', 'config/demo.yaml', '--port', '0']);
  t.is(status, 0, stderr);
  for (const id of [
    'rest-connector',
    'mllp-connector',
    'kafka-connector',
    'jetstream-connector',
    'nats-connector',
  ]) {
    t.regex(stderr, new RegExp(`\\n${id}: \\d+ messages, \\d+ valid, \\d+ invalid, as their samples say\\.`));
  }
});
