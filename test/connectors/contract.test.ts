/** The contract suite over the whole registry: a kind without a harness fails. */
import test from 'ava';
import { connectorKinds, openConnector } from '../../src/connectors/registry.ts';
import { testConnectorContract } from './connector-contract.ts';
import { fetchingKinds } from './fetching-contract.ts';
import { fhirEndpointHarness } from './fhir-endpoint-harness.ts';
import { dicomServerHarness } from './dicom-server-harness.ts';
import { mllpServerHarness } from './mllp-server-harness.ts';
import { restEndpointHarness } from './rest-endpoint-harness.ts';
import { stowEndpointHarness } from './stow-endpoint-harness.ts';
import type { ConnectorContext } from '../../src/connectors/connector.ts';
import type { KindHarness } from './connector-contract.ts';

const harnesses: ReadonlyMap<string, KindHarness> = new Map([
  ['inbound RestEndpoint', restEndpointHarness],
  ['inbound FhirEndpoint', fhirEndpointHarness],
  ['inbound DicomServer', dicomServerHarness],
  ['inbound StowEndpoint', stowEndpointHarness],
  ['inbound MllpServer', mllpServerHarness],
]);

// Those that fetch need a broker: their suite is `test/integration/connector-contract.test.ts`.
test('every kind in the registry has a harness, here or with its broker, and every harness its kind', (t) => {
  t.deepEqual([...harnesses.keys(), ...fetchingKinds].sort(), [...connectorKinds.keys()].sort());
});

for (const [key, kind] of connectorKinds) {
  const harness = harnesses.get(key);
  if (harness) testConnectorContract(kind, harness);
}

test('a kind that is not in the registry is refused', (t) => {
  const definition = {
    type: 'inbound',
    id: 'c',
    name: 'c',
    enabled: true,
    config: { type: 'constructor' },
    restart: { intensity: 1, period_s: 1 },
    backoff: { initial_ms: 1, max_ms: 1, max_attempts: 0 },
  } as const;
  // It is refused before its context is touched.
  const context = { id: 'c' } as ConnectorContext;
  t.throws(() => openConnector(definition, context), { code: 'config/invalid' });
});
