/** From a file without mistakes to the definition in force: options, what depends on where we run, and origins. */
import type {
  ConnectorDefinition,
  LoadedConnector,
  LoadedDefinition,
  MessagingDefinition,
  ServiceDefinition,
} from './definition.ts';
import { dataFolderOf, isEmbedded } from './definition.ts';
import type { ValidationParts } from '../validation/levels.ts';
import type { Environment } from './substitute.ts';
import type { Examined } from './examine.ts';
import { movePlace } from './compatibility.ts';
import { formatPath, type Path } from './path.ts';
import type { Source } from './source.ts';

/** What wins over the file, and where `${…}` is looked up. */
export interface Overrides {
  readonly port?: number | undefined;
  /** The folder of the embedded bus; with a NATS server that of the journal and the desired states. */
  readonly data?: string | undefined;
  readonly env: Environment;
  /** Is the log for people? Default: is standard output a terminal. */
  readonly terminal?: boolean | undefined;
}

/** What the schema has made sure of. */
interface CheckedFile {
  readonly app: Omit<ServiceDefinition['app'], 'messaging'> & {
    readonly messaging: Omit<MessagingDefinition, 'retention'> & {
      readonly retention: { readonly max_age: number; readonly max_bytes: number };
    };
  };
  readonly validation: ServiceDefinition['validation'];
  readonly connectors: readonly Readonly<Record<string, unknown>>[];
  readonly logging: Partial<ServiceDefinition['logging']> & Pick<ServiceDefinition['logging'], 'level'>;
}

export function completeDefinition(
  examined: Examined,
  overrides: Overrides,
): Omit<LoadedDefinition, 'flaws'> {
  const definition = { ...complete(examined.value as CheckedFile, overrides), profiles: examined.profiles };
  const retention = ['app', 'messaging', 'retention'];
  movePlace(examined.source, [...retention, 'max_age'], [...retention, 'max_age_s']);
  return {
    file: examined.source.file,
    definition,
    warnings: examined.warnings,
    origins: originsOf(definition, examined.source, overrides),
  };
}

/** The connector at an index of the file. There must be no mistakes in it. */
export function completeLoadedConnector({ source, connectors }: Examined, index: number): LoadedConnector {
  const definition = completeConnector(connectors[index] ?? {});
  const origins = new Map<string, string>();
  for (const path of leaves(definition)) {
    origins.set(formatPath(path), originOf(['connectors', index, ...path], source));
  }
  return { definition, origins };
}

/** What is said of validation. There must be no mistakes in that. */
export function completeValidation({ value, connectors, profiles }: Examined): ValidationParts {
  const { validation } = value as CheckedFile;
  const own = connectors.flatMap(({ id, validation: part }) =>
    typeof id === 'string' ? [[id, (part ?? {}) as ValidationParts['connectors'][string]] as const] : [],
  );
  return { validation, connectors: Object.fromEntries(own), profiles };
}

/** A connector in which there are no mistakes, so that it is of its schema's shape. */
function completeConnector(checked: Readonly<Record<string, unknown>>): ConnectorDefinition {
  const connector = checked as unknown as Omit<ConnectorDefinition, 'name'> & { readonly name?: string };
  return { ...connector, name: connector.name ?? connector.id };
}

function complete(file: CheckedFile, overrides: Overrides): ServiceDefinition {
  const terminal = overrides.terminal ?? process.stdout.isTTY;
  return {
    app: {
      ...file.app,
      port: overrides.port ?? file.app.port,
      messaging: completeMessaging(file.app.messaging, overrides.data),
    },
    validation: file.validation,
    connectors: file.connectors.map(completeConnector),
    logging: { format: terminal ? 'pretty' : 'json', ...file.logging },
  };
}

function completeMessaging(
  messaging: CheckedFile['app']['messaging'],
  data: string | undefined,
): MessagingDefinition {
  const { max_age, max_bytes } = messaging.retention;
  const inForce = { ...messaging, retention: { max_age_s: max_age, max_bytes } };
  if (!isEmbedded(messaging.url)) return { ...inForce, data: data ?? dataFolderOf(messaging) };
  return data === undefined ? inForce : { ...inForce, url: `embedded:${data}` };
}

/** Where each value came from, by path. */
function originsOf(definition: ServiceDefinition, source: Source, overrides: Overrides): Map<string, string> {
  const origins = new Map<string, string>();
  for (const path of leaves(definition)) {
    const isOfProfile = path[0] === 'profiles';
    origins.set(formatPath(path), isOfProfile ? `profile ${path[1] ?? ''}` : originOf(path, source));
  }
  if (overrides.port !== undefined) origins.set('app.port', 'option --port');
  const folder = isEmbedded(definition.app.messaging.url) ? 'url' : 'data';
  if (overrides.data !== undefined) origins.set(`app.messaging.${folder}`, 'option --data');
  return origins;
}

function originOf(path: Path, { file, places }: Source): string {
  const place = places.get(formatPath(path));
  const position = place && `${file}:${place.value.line}:${place.value.column}`;
  return place?.from ?? position ?? 'default';
}

function* leaves(value: unknown, path: Path = []): Generator<Path> {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) yield path;
    return;
  }
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  for (const [key, child] of entries) yield* leaves(child, [...path, key]);
}
