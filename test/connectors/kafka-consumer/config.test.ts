/** The options of a KafkaConsumer, those of the seed among them. */
import test from 'ava';
import { checkConfig } from '../../../src/config/kinds.ts';
import { kafkaConsumer } from '../../../src/connectors/kafka-consumer/index.ts';
import { loadDefinition } from '../../../src/config/load.ts';
import { withFile } from '../../config/loading.ts';

const least = { bootstrap_servers: 'kafka:9092', group_id: 'healthos', topics: 'adt' };

function check(config: Readonly<Record<string, unknown>>) {
  return checkConfig(0, 'inbound', { type: 'KafkaConsumer', ...config }, [kafkaConsumer]);
}

test('servers and topics are a list, or one text with commas', (t) => {
  const { config } = check({ ...least, bootstrap_servers: 'a:1, b:2', topics: ['adt', 'oru'] });
  t.deepEqual(config['bootstrap_servers'], ['a:1', 'b:2']);
  t.deepEqual(config['topics'], ['adt', 'oru']);
});

test('topics or a pattern: one of them, and not both', (t) => {
  const { topics: _topics, ...neither } = least;
  t.is(check(neither).findings.length, 1);
  t.is(check({ ...least, topic_pattern: 'a.*' }).findings.length, 1);
  t.is(check({ ...neither, topic_pattern: 'a(' }).findings.length, 1);
  t.deepEqual(check({ ...neither, topic_pattern: 'a.*' }).findings, []);
});

test('a listener with passwords needs both, and their mistakes never quote them', (t) => {
  const { findings } = check({ ...least, security_protocol: 'SASL_SSL', sasl_plain_password: 'synthetic' });
  t.deepEqual(
    findings.map(({ path }) => path.at(-1)),
    ['sasl_plain_username'],
  );
  t.false(JSON.stringify(findings).includes('synthetic'));
});

test('a heartbeat comes before the session is over; a certificate comes with its key', (t) => {
  t.is(check({ ...least, session_timeout_ms: 3000, heartbeat_interval_ms: 3000 }).findings.length, 1);
  t.is(check({ ...least, ssl_certfile: '/a.pem' }).findings.length, 1);
});

test('an option of the Python clients that means nothing here is named in a warning', async (t) => {
  const text = JSON.stringify({
    connectors: [
      {
        type: 'inbound',
        id: 'k',
        config: { type: 'KafkaConsumer', ...least, enable_auto_commit: true, max_poll_records: 5 },
      },
    ],
  });
  const { definition, warnings } = await withFile(text, (file) => loadDefinition(file, { env: {} }));
  t.deepEqual(
    warnings.map(({ message }) => message),
    ['enable_auto_commit has no effect.', 'max_poll_records has no effect.'],
  );
  t.false('enable_auto_commit' in (definition.connectors[0]?.config ?? {}));
});
