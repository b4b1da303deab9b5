import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { missingBrokers } from '../../../src/cli/demo/needs.ts';
import { loadDefinition } from '../../../src/config/load.ts';
import { withFile } from '../../config/loading.ts';

async function missing(text: string) {
  return withFile(text, async (file) =>
    missingBrokers((await loadDefinition(file, { env: process.env })).definition),
  );
}

test('a definition whose brokers are not there is told with each address and its setting', async (t) => {
  const broker = createServer((socket) => socket.end());
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  t.teardown(() => broker.close());
  const { port } = broker.address() as AddressInfo;
  const text = `
app: { messaging: { url: 'nats://127.0.0.1:1' } }
connectors:
  - { type: inbound, id: rest, config: { type: RestEndpoint, url: /in } }
  - { type: inbound, id: here, config: { type: NatsClient, servers: ['nats://a:b@127.0.0.1:${port}'], subjects: [s] } }
  - { type: inbound, id: either, config: { type: KafkaConsumer, bootstrap_servers: '127.0.0.1:2,127.0.0.1:${port}', topics: [t], group_id: g } }
  - { type: inbound, id: gone, config: { type: KafkaConsumer, bootstrap_servers: '127.0.0.1:2', topics: [t], group_id: g } }
  - { type: inbound, id: off, enabled: false, config: { type: NatsClient, servers: ['127.0.0.1:3'], subjects: [s] } }
`;
  t.deepEqual(await missing(text), [
    { setting: 'app.messaging.url', addresses: ['127.0.0.1:1'] },
    { setting: 'bootstrap_servers of gone', addresses: ['127.0.0.1:2'] },
  ]);
});

test('a definition without brokers needs none', async (t) => {
  t.deepEqual(
    await missing('connectors: [{ type: inbound, id: rest, config: { type: RestEndpoint, url: /in } }]'),
    [],
  );
});
