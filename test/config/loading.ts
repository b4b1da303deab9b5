/** Loads service definitions from text, for the tests beside this. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedDefinition } from '../../src/config/definition.ts';
import { ConfigError, loadDefinition, type Overrides } from '../../src/config/load.ts';
import { testKnown } from './known.ts';

export const fixture = (name: string) => join('test/config/fixtures', name);

/** Runs the work with a file of this content, and removes it. */
export async function withFile<T>(
  content: string | Uint8Array,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'healthos-config-'));
  try {
    const file = join(folder, 'gateway.yaml');
    await writeFile(file, content);
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function loadText(
  text: string | Uint8Array,
  overrides: Partial<Overrides> = {},
): Promise<LoadedDefinition> {
  return withFile(text, (file) =>
    loadDefinition(file, { env: {}, terminal: false, ...overrides }, testKnown),
  );
}

/** The mistakes of a text as `line:column path: message (suggestion)`, without the file; empty where there are none. */
export async function mistakesOf(
  text: string | Uint8Array,
  overrides: Partial<Overrides> = {},
): Promise<string[]> {
  try {
    await loadText(text, overrides);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.message.split('\n').map((line) => line.replace(/^.*gateway\.yaml:/, ''));
  }
}
