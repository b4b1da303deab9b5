/** Every kind of connector that the gateway knows: adding one is its folder and a line here. */
import { HealthosError } from '../errors.ts';
import { fhirEndpoint } from './fhir-endpoint/index.ts';
import { dicomServer } from './dicom-server/index.ts';
import { kafkaConsumer } from './kafka-consumer/index.ts';
import { mllpServer } from './mllp-server/index.ts';
import { natsClient } from './nats-client/index.ts';
import { restEndpoint } from './rest-endpoint/index.ts';
import { stowEndpoint } from './stow-endpoint/index.ts';
import type { ConnectorDefinition } from '../config/definition.ts';
import type { Connector, ConnectorContext, ConnectorKind } from './connector.ts';

/** A kind whose configuration its own schema checks before it is created. */
export type RegisteredKind = Pick<ConnectorKind<object>, 'kind' | 'direction' | 'description' | 'schema'> & {
  /** Throws `config/invalid` where the configuration (with or without `type`) does not suit the schema. */
  open(config: Readonly<Record<string, unknown>>, context: ConnectorContext): Connector;
};

/** By direction and kind, since some kinds go both ways: `inbound RestEndpoint`. */
export const connectorKinds: ReadonlyMap<string, RegisteredKind> = new Map(
  [
    register(restEndpoint),
    register(fhirEndpoint),
    register(kafkaConsumer),
    register(natsClient),
    register(dicomServer),
    register(stowEndpoint),
    register(mllpServer),
  ].map((kind) => [kindKey(kind.direction, kind.kind), kind]),
);

export function kindKey(direction: 'inbound' | 'outbound', kind: string): string {
  return `${direction} ${kind}`;
}

/** The connector of a definition. Throws `config/invalid` where the kind is unknown or its schema refuses. */
export function openConnector(definition: ConnectorDefinition, context: ConnectorContext): Connector {
  const { type, config } = definition;
  const kind = connectorKinds.get(kindKey(type, config.type));
  if (kind) return kind.open(config, context);
  throw new HealthosError(
    'config/invalid',
    `There is no ${type} connector of the kind that ${context.id} names.`,
  );
}

function register<Config extends object>(kind: ConnectorKind<Config>): RegisteredKind {
  return {
    ...kind,
    open: (config, context) => kind.create(checked(kind, config, context.id), context),
  };
}

/** Joi quotes values in its messages, so only the names of the settings are told. */
function checked<Config extends object>(
  { schema }: ConnectorKind<Config>,
  { type: _type, ...settings }: Readonly<Record<string, unknown>>,
  id: string,
): Config {
  const result = schema.validate(settings, { abortEarly: false });
  if (!result.error) return result.value;
  const paths = result.error.details.map(({ path }) => path.join('.')).join(', ');
  throw new HealthosError(
    'config/invalid',
    `The configuration of connector ${id} has mistakes at: ${paths}.`,
  );
}
