/** The effective definition for `/admin/config`: every value with its origin, secrets masked. */
import type { LoadedDefinition } from './definition.ts';
import { formatPath, type Path } from './path.ts';

export const MASK = '********';

export interface MaskedDefinition {
  readonly file: string;
  /** As in `ServiceDefinition`, secrets replaced by MASK. */
  readonly definition: unknown;
  /** Where each value came from, by path. */
  readonly origins: Readonly<Record<string, string>>;
  readonly warnings: LoadedDefinition['warnings'];
}

export function maskDefinition(loaded: LoadedDefinition): MaskedDefinition {
  return {
    file: loaded.file,
    definition: mask(loaded.definition, [], loaded.origins),
    origins: Object.fromEntries(loaded.origins),
    warnings: loaded.warnings,
  };
}

/** Names of settings and of environment variables whose value is a secret, whatever the schema says. */
const secretName = /passw|passphrase|secret|token$|credential|creds?$|sha256|api_?key|private_?key|_key$/i;

function mask(value: unknown, path: Path, origins: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item, index) => mask(item, [...path, index], origins));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, mask(child, [...path, key], origins)]),
    );
  }
  if (typeof value !== 'string') return value;
  return isSecret(path, origins) ? MASK : withoutUserInfo(value);
}

function isSecret(path: Path, origins: ReadonlyMap<string, string>): boolean {
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  const origin = origins.get(formatPath(path)) ?? '';
  return secretName.test(name) || /(^|, )file \//.test(origin) || fromSecretVariable(origin);
}

function fromSecretVariable(origin: string): boolean {
  return origin
    .split(', ')
    .some((part) => part.startsWith('env ') && secretName.test(part.slice('env '.length)));
}

/** `nats://user:password@host` shows only the host. */
function withoutUserInfo(value: string): string {
  return value.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi, `$1${MASK}@`);
}
