/** StowEndpoint: takes DICOM objects in over HTTP, by the Store transaction of DICOMweb (PS3.18, 10.5). */
import { defineConnector } from '../connector.ts';
import type { Connector, ConnectorContext } from '../connector.ts';
import { createRoutedConnector } from '../routed.ts';
import { schema } from './config.ts';
import type { StowEndpointConfig } from './config.ts';
import { createStoreHandler } from './store-handler.ts';

export const stowEndpoint = defineConnector<StowEndpointConfig>({
  kind: 'StowEndpoint',
  direction: 'inbound',
  description: 'Receives DICOM objects over HTTP, by the Store transaction of DICOMweb (STOW-RS).',
  schema,
  create,
});

function create({ url, max_bytes: maxBytes }: StowEndpointConfig, connector: ConnectorContext): Connector {
  const studies = `${url}/studies`;
  return createRoutedConnector(connector, [
    {
      route: { method: 'POST', url: studies, below: true },
      open: (deliver, stopping) => createStoreHandler({ connector, deliver, stopping, studies, maxBytes }),
    },
  ]);
}
