/** The version that this is, from package.json: one folder up, in the checkout and in the package alike. */
import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { version } = manifest as { version: string };
  return version;
}
