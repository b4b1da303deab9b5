/** How the demo reaches a connector: over HTTP, over MLLP, or by way of the broker from which it fetches. */
import type { ConnectorDefinition } from '../../config/definition.ts';
import type { Format } from '../../messages/envelope.ts';
import type { Target } from '../transmit.ts';
import { breaksFrames } from '../via/framing.ts';
import { listOf } from './needs.ts';

/** A payload that may be sent. */
interface Sendable {
  readonly format: Format;
  readonly bytes: Uint8Array;
}

/** Where to transmit so that the connector receives it, and what of; a sentence where the demo cannot. */
export type Route =
  { readonly target: Target; readonly takes?: (payload: Sendable) => boolean } | { readonly cannot: string };

/** Undefined for a connector that takes in nothing that we could send. */
export function routeTo({ config }: ConnectorDefinition, url: string): Route | undefined {
  if (config.type === 'RestEndpoint') return restRoute(config, url);
  if (config.type === 'FhirEndpoint')
    return { target: { via: 'rest', to: `${url}${String(config['url'])}` }, takes: isOf('fhir') };
  if (config.type === 'MllpServer') return mllpRoute(config);
  if (config.type === 'KafkaConsumer') return kafkaRoute(config);
  return config.type === 'NatsClient' ? natsRoute(config) : undefined;
}

type Config = ConnectorDefinition['config'];

function restRoute(config: Config, url: string): Route {
  if (config['http_method'] !== 'post') return { cannot: 'The demo sends by POST.' };
  return { target: { via: 'rest', to: `${url}${String(config['url'])}` } };
}

const isOf =
  (wanted: Format) =>
  ({ format }: Sendable): boolean =>
    format === wanted;

function mllpRoute(config: Config): Route {
  if (config['tls'] !== undefined) return { cannot: 'The demo has no certificate to show over TLS.' };
  const host = config['host'] === '0.0.0.0' ? '127.0.0.1' : String(config['host']);
  return {
    target: { via: 'mllp', to: `${host}:${String(config['port'])}` },
    takes: (payload) => payload.format === 'hl7v2' && !breaksFrames(payload.bytes),
  };
}

function kafkaRoute(config: Config): Route {
  const [topic] = listOf(config['topics']);
  if (topic === undefined) return { cannot: 'The demo sends to a topic that is named, not to a pattern.' };
  const encrypted = String(config['security_protocol']).endsWith('SSL');
  const to = listOf(config['bootstrap_servers']).map((server) => (encrypted ? `tls://${server}` : server));
  const mechanism = text(config, 'sasl_mechanism')?.toLowerCase();
  const user = text(config, 'sasl_plain_username');
  return {
    target: {
      via: 'kafka',
      to: to.join(','),
      topic,
      ...given('user', user),
      ...given('password', text(config, 'sasl_plain_password')),
      ...given('sasl', user === undefined ? undefined : mechanism),
      ...given('ca', text(config, 'ssl_cafile')),
    },
  };
}

function natsRoute(config: Config): Route {
  const subject = listOf(config['subjects']).find((one) => !/[*>]/.test(one));
  if (subject === undefined)
    return { cannot: 'The demo sends to a subject that is named, without wildcards.' };
  return {
    target: {
      via: 'nats',
      to: listOf(config['servers']).join(','),
      subject,
      ...given('user', text(config, 'user')),
      ...given('password', text(config, 'password')),
      ...given('token', text(config, 'token')),
    },
  };
}

function text(config: Config, key: string): string | undefined {
  const value = config[key];
  return typeof value === 'string' ? value : undefined;
}

function given<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  const made: Partial<Record<Key, string>> = {};
  if (value !== undefined) made[key] = value;
  return made;
}
