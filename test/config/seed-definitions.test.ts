/** The seed's three service definitions, written anew with the same keys: they start unchanged, with warnings only. */
import test from 'ava';
import { loadDefinition } from '../../src/config/load.ts';

const folder = 'test/config/fixtures/seed';

async function load(name: string) {
  return loadDefinition(`${folder}/${name}`, { env: {} });
}

async function warningsOf(name: string): Promise<string[]> {
  const { warnings } = await load(name);
  return warnings.map(({ path, message, suggestion }) => `${path}: ${message} ${suggestion ?? ''}`);
}

const debug =
  'app.debug: debug has no effect. There is no reloading in place; for more in the log use logging.level: debug.';
const logging =
  'logging_config: logging_config has no effect. The log is set by logging.level and logging.format.';

test("the seed's quickstart has a NATS server as its bus", async (t) => {
  const { definition } = await load('quickstart-config.yml');
  t.is(definition.app.messaging.url, 'nats://localhost:4222');
  t.is(definition.app.host, 'localhost');
  t.deepEqual(await warningsOf('quickstart-config.yml'), [debug, logging]);
});

test("the seed's definition of an installed gateway names a subject that is always the same now", async (t) => {
  const { definition } = await load('healthos-core-config.yml');
  t.is(definition.app.messaging.stream_name, 'healthos');
  t.deepEqual(await warningsOf('healthos-core-config.yml'), [
    debug,
    'app.messaging.inbound_subject: inbound_subject has no effect. Messages are received on lfh.healthos.ingress.',
    logging,
  ]);
});

test("the seed's demo receives by REST, from NATS and from Kafka", async (t) => {
  const { definition } = await load('demo-config.yml');
  const configs = new Map(definition.connectors.map(({ id, config }) => [id, config]));
  t.like(configs.get('nats-in'), {
    type: 'NatsClient',
    servers: ['nats://localhost:4224'],
    subjects: ['healthy-data'],
  });
  t.like(configs.get('kafka-in'), {
    type: 'KafkaConsumer',
    bootstrap_servers: ['localhost:9093'],
    topics: ['healthy-data'],
  });
  t.deepEqual(await warningsOf('demo-config.yml'), [debug, logging]);
});

test('the demo definition that comes with HealthOS has no mistake and no warning', async (t) => {
  const { definition, warnings } = await loadDefinition('config/demo.yaml', { env: {} });
  t.deepEqual(warnings, []);
  t.deepEqual(
    definition.connectors.map(({ config }) => config.type),
    ['RestEndpoint', 'MllpServer', 'KafkaConsumer', 'NatsClient', 'NatsClient'],
  );
});
