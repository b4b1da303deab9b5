/** Compiles the package into `dist/` and puts beside the code what it reads at run time: tables, samples, the page. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (path: string) => `${root}${path}`;

rmSync(at('dist'), { recursive: true, force: true });
execFileSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('.ci/tsconfig.build.json')], {
  stdio: 'inherit',
});
cpSync(at('src'), at('dist/src'), { recursive: true, filter: (path) => extname(path) !== '.ts' });
cpSync(at('config'), at('dist/config'), { recursive: true });
cpSync(at('package.json'), at('dist/package.json'));
