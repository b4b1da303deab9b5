/** NatsClient, inbound: reads core subjects, or a JetStream stream by a durable consumer. */
import { defineConnector } from '../connector.ts';
import { loadedOnConnect } from '../loaded-on-connect.ts';
import { schema } from './config.ts';
import type { NatsClientConfig } from './config.ts';

export const natsClient = defineConnector<NatsClientConfig>({
  kind: 'NatsClient',
  direction: 'inbound',
  description:
    'Reads core subjects of NATS with a queue group, or a JetStream stream by a durable consumer, acknowledging what is stored.',
  schema,
  create: (config, context) =>
    loadedOnConnect(async () => new (await import('./connector.ts')).NatsClient(config, context)),
});
