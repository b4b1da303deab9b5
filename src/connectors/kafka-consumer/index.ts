/** KafkaConsumer: reads topics as a member of a consumer group; an offset is committed when its message is stored. */
import { defineConnector } from '../connector.ts';
import { loadedOnConnect } from '../loaded-on-connect.ts';
import { schema } from './config.ts';
import type { WrittenConfig } from './config.ts';

export const kafkaConsumer = defineConnector<WrittenConfig>({
  kind: 'KafkaConsumer',
  direction: 'inbound',
  description: 'Reads the topics of a Kafka cluster as a member of a consumer group.',
  schema,
  create: (config, context) =>
    loadedOnConnect(async () => (await import('./connector.ts')).openKafkaConsumer(config, context)),
});
