/** RestEndpoint: takes messages in at a path of the gateway's HTTP server. */
import { createIngressHandler } from '../../http/ingress-handler.ts';
import { defineConnector } from '../connector.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { createRoutedConnector } from '../routed.ts';
import { schema } from './config.ts';
import type { RestEndpointConfig } from './config.ts';

export const restEndpoint = defineConnector<RestEndpointConfig>({
  kind: 'RestEndpoint',
  direction: 'inbound',
  description: 'Receives messages over HTTP, at a path of the server that also answers the admin API.',
  schema,
  create,
});

function create(config: RestEndpointConfig, context: ConnectorContext): Connector {
  const method = config.http_method === 'put' ? 'PUT' : 'POST';
  return createRoutedConnector(context, [
    {
      route: { method, url: config.url },
      open: (deliver, stopping) =>
        createIngressHandler({ connector: context, deliver, maxBytes: config.max_bytes, stopping }),
    },
  ]);
}
