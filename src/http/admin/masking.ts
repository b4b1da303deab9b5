/** Hides secrets in what is shown of the configuration. */
import type { ServiceDefinition } from '../../config/definition.ts';
import { formatPath, type Path } from '../../config/path.ts';

const MASK = '***';

/** Names of settings that hold a secret, whatever kind of connector they belong to. */
const secretName =
  /pass(word|wd|phrase)?$|secret|token|creds|credential|sha256|api_?key|private|nkey|^seal$/i;

/**
 * The definition with its secrets hidden: what is named as one, what was read from a secrets file or an environment
 * variable that is named as one, keys in PEM, and the user's part of a URL.
 */
export function masked(definition: ServiceDefinition, origins: ReadonlyMap<string, string>): unknown {
  return maskValue(definition, [], (path) => isSecretOrigin(origins.get(formatPath(path)) ?? ''));
}

/** Such as `env DB_PASSWORD, file /run/secrets/x`: one value may be filled from several places. */
function isSecretOrigin(origin: string): boolean {
  return origin.split(', ').some((each) => {
    const [kind, name = ''] = each.split(' ', 2);
    return kind === 'file' || (kind === 'env' && isSecretName(name));
  });
}

/** Does a setting of this name hold a secret? */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

function maskValue(value: unknown, path: Path, isFromSecret: (path: Path) => boolean): unknown {
  if (Array.isArray(value)) return value.map((one, i) => maskValue(one, [...path, i], isFromSecret));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, maskNamed(key, one, [...path, key], isFromSecret)]),
    );
  }
  if (isFromSecret(path)) return MASK;
  return typeof value === 'string' ? maskText(value) : value;
}

/** `auth.tokens` is a list of names and roles beside the hashes: looked into, and not hidden as a whole. */
function maskNamed(key: string, value: unknown, path: Path, isFromSecret: (path: Path) => boolean): unknown {
  const plain = (typeof value === 'string' && value !== '') || typeof value === 'number';
  return plain && isSecretName(key) ? MASK : maskValue(value, path, isFromSecret);
}

function maskText(text: string): string {
  if (text.includes('-----BEGIN')) return MASK;
  return text.replaceAll(/(\w:\/\/)[^/@\s]*@/g, `$1${MASK}@`);
}
