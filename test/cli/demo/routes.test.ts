import test from 'ava';
import { routeTo } from '../../../src/cli/demo/routes.ts';

function route(config: { readonly type: string } & Readonly<Record<string, unknown>>) {
  const rest = { intensity: 5, period_s: 30 };
  const backoff = { initial_ms: 1, max_ms: 1, max_attempts: 0 };
  return routeTo(
    { type: 'inbound', id: 'c', name: 'c', enabled: true, config, restart: rest, backoff },
    'http://gateway',
  );
}

test('each connector is reached in its own way, with its own credentials', (t) => {
  t.deepEqual(route({ type: 'RestEndpoint', url: '/in', http_method: 'post' }), {
    target: { via: 'rest', to: 'http://gateway/in' },
  });
  t.deepEqual(
    route({
      type: 'KafkaConsumer',
      bootstrap_servers: ['a:1', 'b:2'],
      topics: ['t', 'u'],
      security_protocol: 'SASL_SSL',
      sasl_mechanism: 'SCRAM-SHA-256',
      sasl_plain_username: 'ann',
      sasl_plain_password: 'p',
      ssl_cafile: 'ca.pem',
    }),
    {
      target: {
        via: 'kafka',
        to: 'tls://a:1,tls://b:2',
        topic: 't',
        user: 'ann',
        password: 'p',
        sasl: 'scram-sha-256',
        ca: 'ca.pem',
      },
    },
  );
  t.deepEqual(route({ type: 'NatsClient', servers: ['nats://a:1'], subjects: ['>', 's'], token: 'k' }), {
    target: { via: 'nats', to: 'nats://a:1', subject: 's', token: 'k' },
  });
});

test('MLLP takes HL7 v2 alone, and nothing that would break its frames', (t) => {
  const reached = route({ type: 'MllpServer', host: '0.0.0.0', port: 2575 });
  t.like(reached, { target: { via: 'mllp', to: '127.0.0.1:2575' } });
  const takes = reached !== undefined && 'target' in reached ? reached.takes : undefined;
  t.true(takes?.({ format: 'hl7v2', bytes: Buffer.from('MSH|^~\\&|\r') }));
  t.false(takes?.({ format: 'hl7v2', bytes: Buffer.from('\vMSH|^~\\&|\r') }));
  t.false(takes?.({ format: 'x12', bytes: Buffer.from('ISA*') }));
});

test('where there is no one place to send to, a sentence says so', (t) => {
  t.like(route({ type: 'KafkaConsumer', bootstrap_servers: ['a:1'], topic_pattern: 'x.*' }), {
    cannot: 'The demo sends to a topic that is named, not to a pattern.',
  });
  t.like(route({ type: 'NatsClient', servers: ['a:1'], subjects: ['lab.>'] }), {
    cannot: 'The demo sends to a subject that is named, without wildcards.',
  });
  t.is(route({ type: 'FileWatcher' }), undefined);
});
