/** The world around a FhirEndpoint: the gateway's HTTP server, and a client. */
import bunyan from 'bunyan';
import { createHttpServer } from '../../src/http/server.ts';
import type { Harness, KindHarness } from './connector-contract.ts';

const log = bunyan.createLogger({ name: 'test', streams: [] });

export const fhirEndpointHarness: KindHarness = { open, refused: { url: 'no-slash-at-all' } };

async function open(): Promise<Harness> {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log });
  const { url } = await server.listen();
  return {
    config: { url: '/fhir' },
    ingress: server.ingress,
    async send(body) {
      const headers = { 'Content-Type': 'application/fhir+json' };
      const response = await fetch(`${url}/fhir`, { method: 'POST', body, headers });
      await response.arrayBuffer();
      return response.status === 202 ? 'acknowledged' : 'refused';
    },
    async close() {
      await server.close();
    },
  };
}
