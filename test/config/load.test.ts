import { readFile } from 'node:fs/promises';
import test from 'ava';
import { ConfigError, loadConnector, loadDefinition } from '../../src/config/load.ts';
import { dataFolderOf } from '../../src/config/definition.ts';
import { fixture, loadText, mistakesOf, withFile } from './loading.ts';
import { testKnown } from './known.ts';

const minimal = `
connectors:
  - type: inbound
    id: rest
    config: { type: RestEndpoint, url: /ingress }
`;

test('what the file leaves out has its default', async (t) => {
  const { definition } = await loadText(minimal);
  t.deepEqual(definition, {
    app: {
      host: '127.0.0.1',
      port: 8080,
      insecure_bind: false,
      messaging: {
        url: 'embedded:./data',
        stream_name: 'healthos',
        ingress_subject: 'lfh.healthos.ingress',
        error_subject: 'lfh.healthos.ingress.errors',
        replicas: 1,
        sync_always: false,
        publish_timeout_s: 5,
        duplicate_window_s: 3600,
        retention: { max_age_s: 604_800, max_bytes: 20_000_000_000 },
      },
      audit: { max_bytes: 100_000_000, files: 10 },
    },
    validation: { preset: 'standard', rules: {} },
    profiles: {},
    connectors: [
      {
        type: 'inbound',
        id: 'rest',
        name: 'rest',
        enabled: true,
        config: { type: 'RestEndpoint', url: '/ingress', http_method: 'post', max_bytes: 67_108_864 },
        restart: { intensity: 5, period_s: 30 },
        backoff: { initial_ms: 250, max_ms: 5000, max_attempts: 0 },
      },
    ],
    logging: { level: 'info', format: 'json' },
  });
});

test('the quickstart definition has no mistake and no warning', async (t) => {
  const { definition, warnings } = await loadDefinition('config/quickstart.yaml', { env: {} });
  t.deepEqual(warnings, []);
  t.is(definition.connectors[0]?.config.type, 'RestEndpoint');
});

test('the log is for people on a terminal, and for machines elsewhere, unless the file says', async (t) => {
  t.is((await loadText(minimal, { terminal: true })).definition.logging.format, 'pretty');
  t.is((await loadText(minimal, { terminal: false })).definition.logging.format, 'json');
  const { definition } = await loadText(`${minimal}logging: { format: json }`, { terminal: true });
  t.is(definition.logging.format, 'json');
});

test('sizes and durations may have units', async (t) => {
  const { definition } = await loadText(`
app:
  messaging:
    duplicate_window_s: 15m
    publish_timeout_s: 500ms
    retention: { max_age: 2w, max_bytes: 1.5GiB }
connectors:
  - type: inbound
    id: rest
    config: { type: RestEndpoint, url: /ingress, max_bytes: 64 kB }
`);
  const { messaging } = definition.app;
  t.is(messaging.duplicate_window_s, 900);
  t.is(messaging.publish_timeout_s, 0.5);
  t.deepEqual(messaging.retention, { max_age_s: 1_209_600, max_bytes: 1_610_612_736 });
  t.is(definition.connectors[0]?.config['max_bytes'], 64_000);
});

test('options win over the file, and every value has its origin', async (t) => {
  const text = `app:
  port: 7000
  host: \${HOST_NAME}
${minimal.trim()}`;
  const { file, definition, origins } = await loadText(text, {
    env: { HOST_NAME: 'localhost' },
    port: 9090,
    data: '/srv/data',
  });
  t.is(definition.app.port, 9090);
  t.is(definition.app.messaging.url, 'embedded:/srv/data');
  t.is(origins.get('app.port'), 'option --port');
  t.is(origins.get('app.messaging.url'), 'option --data');
  t.is(origins.get('app.host'), 'env HOST_NAME');
  t.is(origins.get('logging.level'), 'default');
  t.is(origins.get('app.messaging.retention.max_age_s'), 'default');
  t.is(origins.get('connectors[0].id'), `${file}:6:9`);
});

test('a value may come from the environment, with a default, and from a file', async (t) => {
  await withFile('hunter2\n', async (secret) => {
    const text = `
app:
  port: \${PORT:-7000}
  host: \${HOST:-localhost}
connectors:
  - type: inbound
    id: a-\${NAME}-\${NAME}
    config: { type: RestEndpoint, url: /ingress, api_key: "\${file:${secret}}" }
`;
    const { definition, origins } = await loadText(text, { env: { NAME: 'b', HOST: '' } });
    t.is(definition.app.port, 7000);
    t.is(definition.app.host, 'localhost');
    t.is(definition.connectors[0]?.id, 'a-b-b');
    t.is(definition.connectors[0]?.config['api_key'], 'hunter2');
    t.is(origins.get('connectors[0].config.api_key'), `file ${secret}`);
  });
});

test("the seed's keys are accepted, taken to their new names, and named in warnings", async (t) => {
  const loaded = await loadDefinition(fixture('seed-quickstart.yml'), { env: {} }, testKnown);
  t.deepEqual(loaded.definition.app.tls, { cert: '/etc/tls/server.pem', key: '/etc/tls/server.key' });
  t.is(loaded.definition.app.host, 'localhost');
  const warned = loaded.warnings.map(({ path, line }) => `${line} ${path}`);
  t.deepEqual(warned, [
    '13 app.ssl_certfile',
    '14 app.ssl_keyfile',
    '12 app.debug',
    '15 app.ssl_ciphers',
    '19 app.messaging.inbound_subject',
    '21 logging_config',
  ]);
});

test("one of the seed's two TLS keys without the other is a mistake, not a gateway without TLS", async (t) => {
  const mistakes = await mistakesOf(`app: { ssl_certfile: /etc/tls/server.pem }${minimal}`);
  t.is(mistakes.length, 1);
  t.regex(mistakes[0] ?? '', /^1:\d+ app\.tls\.key: key is missing/);
});

test('settings for a NATS server are named in a warning where the bus is embedded', async (t) => {
  const { warnings } = await loadText(`app: { messaging: { user: ops } }${minimal}`);
  t.deepEqual(
    warnings.map(({ message }) => message),
    ['user has no effect with the embedded bus.'],
  );
});

test('one connector is read again by itself, whatever is wrong elsewhere in the file', async (t) => {
  const text = `
app: { prot: 1 }
connectors:
  - type: inbound
    id: broken
    config: { type: RestEndpoint }
  - type: inbound
    id: rest
    config: { type: RestEndpoint, url: "\${WHERE}" }
`;
  await withFile(text, async (file) => {
    const connector = await loadConnector(file, 'rest', { WHERE: '/here' }, testKnown);
    t.is(connector.definition.config['url'], '/here');
    t.is(connector.definition.name, 'rest');
    t.is(connector.origins.get('config.url'), 'env WHERE');
    t.is(connector.origins.get('id'), `${file}:8:9`);
    t.is(connector.origins.get('name'), 'default');
    const broken = await t.throwsAsync(loadConnector(file, 'broken', {}, testKnown), {
      instanceOf: ConfigError,
    });
    t.deepEqual(
      broken.mistakes.map(({ path }) => path),
      ['connectors[0].config.url'],
    );
    const unset = await t.throwsAsync(loadConnector(file, 'rest', {}, testKnown), {
      instanceOf: ConfigError,
    });
    t.regex(unset.message, /environment variable WHERE is not set/);
    const gone = await t.throwsAsync(loadConnector(file, 'nobody', {}, testKnown), {
      instanceOf: ConfigError,
    });
    t.regex(gone.message, /no longer in the file/);
  });
});

test('a file that is not there is a mistake', async (t) => {
  const error = await t.throwsAsync(loadDefinition('no-such.yaml', { env: {} }), { instanceOf: ConfigError });
  t.is(error.code, 'config/invalid');
  t.is(error.message, 'no-such.yaml:1:1 The file cannot be read (ENOENT).');
});

test('every mistake of a file is reported at once, in the order of the file', async (t) => {
  const file = fixture('many-mistakes.yaml');
  const error = await t.throwsAsync(loadDefinition(file, { env: {} }, testKnown), {
    instanceOf: ConfigError,
  });
  t.is(`${error.message}\n`, await readFile(fixture('many-mistakes.txt'), 'utf8'));
});

const nats = 'app: { messaging: { url: "nats://a:4222,nats://b:4222" } }';

test('a NATS server stays the bus whatever --data says: that is the folder of what the gateway keeps by itself', async (t) => {
  const text = `${nats}\n${minimal}`;
  const { definition, origins } = await loadText(text, { data: '/srv/data' });
  t.is(definition.app.messaging.url, 'nats://a:4222,nats://b:4222');
  t.is(dataFolderOf(definition.app.messaging), '/srv/data');
  t.is(origins.get('app.messaging.data'), 'option --data');
  t.regex(origins.get('app.messaging.url') ?? '', /:1:\d+$/);
});

test('with a NATS server the folder is the one of the file, or ./data', async (t) => {
  const without = await loadText(`${nats}\n${minimal}`);
  t.is(dataFolderOf(without.definition.app.messaging), './data');
  t.is(without.origins.get('app.messaging.data'), 'default');
  const named = `app: { messaging: { url: "tls://a:4222", data: /var/lib/healthos } }\n${minimal}`;
  t.is(dataFolderOf((await loadText(named)).definition.app.messaging), '/var/lib/healthos');
});
