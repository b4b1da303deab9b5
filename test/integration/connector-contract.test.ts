/** The contract suite over the connectors that fetch, each with its real broker. */
import test from 'ava';
import { connectorKinds } from '../../src/connectors/registry.ts';
import { fetchingKinds, testFetchingContract } from '../connectors/fetching-contract.ts';
import type { FetchingKindHarness } from '../connectors/fetching-contract.ts';
import { closeKafkaWorld, kafkaConsumerHarness } from './kafka-harness.ts';
import { closeNatsWorld, natsClientHarness } from './nats-harness.ts';

const harnesses: ReadonlyMap<string, FetchingKindHarness> = new Map([
  ['inbound KafkaConsumer', kafkaConsumerHarness],
  ['inbound NatsClient', natsClientHarness],
]);

test.after.always('its brokers end', () => Promise.all([closeKafkaWorld(), closeNatsWorld()]));

test('every kind that fetches has a harness', (t) => {
  t.deepEqual([...harnesses.keys()].sort(), [...fetchingKinds].sort());
});

for (const [key, harness] of harnesses) {
  const kind = connectorKinds.get(key);
  if (kind) testFetchingContract(kind, harness);
}
