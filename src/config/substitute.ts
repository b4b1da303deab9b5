/** `${ENV}`, `${ENV:-default}` and `${file:/run/secrets/x}` in values. What they stand for is never shown. */
import { readFileSync, statSync } from 'node:fs';
import { nearest } from './nearest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly text: string;
  /** Where it came from: `env NAME`, `file PATH`; undefined where nothing was filled in. */
  readonly from: string | undefined;
  readonly findings: readonly { readonly message: string; readonly suggestion?: string }[];
}

const LARGEST_SECRET = 64 * 1024;

export function substitute(text: string, env: Environment): Substituted {
  const origins: string[] = [];
  const findings: { message: string; suggestion?: string }[] = [];
  const filled = text.replaceAll(/\$\{([^}]*)\}/g, (_, expression: string) => {
    const found = resolve(expression, env);
    if ('message' in found) findings.push(found);
    else if (found.from !== undefined) origins.push(found.from);
    return 'value' in found ? found.value : '';
  });
  return { text: filled, from: origins.length === 0 ? undefined : origins.join(', '), findings };
}

type Resolved = { value: string; from: string | undefined } | { message: string; suggestion?: string };

function resolve(expression: string, env: Environment): Resolved {
  if (expression.startsWith('file:')) return readSecret(expression.slice('file:'.length));
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-)(.*))?$/s.exec(expression);
  const name = match?.[1];
  if (name === undefined) {
    return {
      message: 'This `${…}` is not understood.',
      suggestion: 'Write ${NAME}, ${NAME:-default} or ${file:/path}.',
    };
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  // As in a shell, `:-` also stands in for a variable that is empty.
  if (match?.[2] !== undefined && (value ?? '') === '') return { value: match[3] ?? '', from: undefined };
  return value === undefined ? missing(name, env) : { value, from: `env ${name}` };
}

function missing(name: string, env: Environment): Resolved {
  const near = nearest(name, Object.keys(env));
  return {
    message: `The environment variable ${name} is not set.`,
    suggestion:
      near === undefined
        ? `Set it, or give a default: \${${name}:-…}.`
        : `There is ${near}: did you mean that?`,
  };
}

/** One trailing line end is not part of the secret. */
function readSecret(path: string): Resolved {
  try {
    const { size } = regularFile(path);
    if (size > LARGEST_SECRET) return { message: `The file ${path} is too large for a value.` };
    return { value: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), from: `file ${path}` };
  } catch (thrown) {
    return {
      message: `The file ${path} cannot be read (${fileFault(thrown)}).`,
      suggestion: 'Check that it is there and that the gateway may read it.',
    };
  }
}

/** A pipe or a device could be waited for without end. */
function regularFile(path: string): { readonly size: number } {
  const stat = statSync(path);
  if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'not a file' });
  return stat;
}

/** The system's code of what went wrong with a file: `ENOENT`, `EACCES`, … */
export function fileFault(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : 'unreadable';
}
