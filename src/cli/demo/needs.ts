/** What a service definition needs to be running already: its brokers, and whether something listens there. */
import { connect } from 'node:net';
import { once } from 'node:events';
import type { ConnectorDefinition, ServiceDefinition } from '../../config/definition.ts';

/** An address of brokers, of which one has to listen, and the setting that names it. */
export interface Need {
  readonly setting: string;
  /** `host:port`. */
  readonly addresses: readonly string[];
}

const LISTEN_WAIT_MS = 2000;

/** Those that nothing listens at, in the order of the definition. */
export async function missingBrokers(definition: ServiceDefinition): Promise<Need[]> {
  const needs = [...busNeeds(definition), ...definition.connectors.filter(isOn).flatMap(connectorNeeds)];
  const there = await Promise.all(needs.map(({ addresses }) => anyListens(addresses)));
  return needs.filter((_, index) => there[index] !== true);
}

function busNeeds({ app: { messaging } }: ServiceDefinition): Need[] {
  const { url } = messaging;
  if (url.startsWith('embedded:')) return [];
  return [{ setting: 'app.messaging.url', addresses: addressesOf(url.split(','), '4222') }];
}

function isOn({ enabled }: ConnectorDefinition): boolean {
  return enabled;
}

function connectorNeeds({ id, config }: ConnectorDefinition): Need[] {
  const of = (key: string, port: string) => [
    { setting: `${key} of ${id}`, addresses: addressesOf(listOf(config[key]), port) },
  ];
  if (config.type === 'KafkaConsumer') return of('bootstrap_servers', '9092');
  return config.type === 'NatsClient' ? of('servers', '4222') : [];
}

/** The texts of a setting that is one or a list of them. */
export function listOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === 'string');
}

function addressesOf(texts: readonly string[], port: string): string[] {
  return texts.map((text) => {
    const url = new URL(text.includes('://') ? text : `any://${text}`);
    return `${url.hostname}:${url.port || port}`;
  });
}

async function anyListens(addresses: readonly string[]): Promise<boolean> {
  return (await Promise.all(addresses.map(listens))).includes(true);
}

async function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`any://${address}`);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(LISTEN_WAIT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
