/** The kinds of connectors, and the check of a connector's `config` by its kind's own schema. */
import type { Schema } from 'joi';
import { explain } from './explain.ts';
import type { Finding } from './mistakes.ts';
import { nearest } from './nearest.ts';
import { settingOf } from './setting.ts';

/** What is needed of a ConnectorKind here. */
export interface Kind {
  readonly kind: string;
  readonly direction: 'inbound' | 'outbound';
  readonly description: string;
  readonly schema: Schema;
}

/** The kinds that the contract names: one that is not in the registry is announced, not misspelt. */
const announced: Readonly<Record<Kind['direction'], readonly string[]>> = {
  inbound: [
    'RestEndpoint',
    'KafkaConsumer',
    'NatsClient',
    'MllpServer',
    'FhirEndpoint',
    'DicomServer',
    'StowEndpoint',
    'FileWatcher',
  ],
  outbound: ['KafkaProducer', 'NatsClient', 'RestEndpoint', 'MllpClient'],
};

export interface CheckedConfig {
  /** With defaults applied; as it was where there are findings. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];
}

/** Checks the `config` of the connector in this place of the list. */
export function checkConfig(
  index: number,
  direction: Kind['direction'],
  config: Readonly<Record<string, unknown>>,
  kinds: readonly Kind[],
): CheckedConfig {
  const { type, ...own } = config;
  if (typeof type !== 'string') return { config, findings: [] };
  const path = ['connectors', index, 'config'];
  const kind = kinds.find((one) => one.kind === type && one.direction === direction);
  if (kind === undefined) {
    return { config, findings: [unknownKind([...path, 'type'], type, direction, kinds)] };
  }
  const result = kind.schema.validate(own, { abortEarly: false });
  const root = settingOf(kind.schema);
  const findings = result.error?.details.map((detail) => explain(detail, root, path)) ?? [];
  // The schema is an object's: what it answers without findings is one.
  const checked = result.value as Readonly<Record<string, unknown>>;
  return { config: findings.length === 0 ? { type, ...checked } : config, findings };
}

function unknownKind(
  path: Finding['path'],
  type: string,
  direction: Kind['direction'],
  kinds: readonly Kind[],
): Finding {
  const usable = kinds.filter((kind) => kind.direction === direction).map((kind) => kind.kind);
  const list = `${direction} connectors are ${usable.join(', ') || 'not there yet'}.`;
  if (announced[direction].includes(type)) {
    return { path, message: `The ${direction} ${type} is not in this version.`, suggestion: `Its ${list}` };
  }
  const other = direction === 'inbound' ? 'outbound' : 'inbound';
  if ([...announced[other], ...kinds.map((kind) => kind.kind)].includes(type)) {
    return { path, message: `This kind of connector is ${other} only.`, suggestion: `The ${list}` };
  }
  const near = nearest(type, [...usable, ...announced[direction]]);
  return {
    path,
    message: 'There is no such kind of connector.',
    suggestion: near === undefined ? `The ${list}` : `Did you mean ${near}?`,
  };
}
