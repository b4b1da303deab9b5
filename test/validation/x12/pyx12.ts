/** pyx12, the reference: fetched once with pip into the cache of the tests, and asked for verdicts. Needs Python and pip. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../../brokers/download.ts';

const VERSION = '4.0.0';
const script = join(import.meta.dirname, 'ask-pyx12.py');

/** Its verdict on each interchange: null where it has no map, or fails. */
export async function pyx12Verdicts(texts: readonly string[]): Promise<readonly (boolean | null)[]> {
  const folder = await cached(`pyx12-${VERSION}`, fetchPyx12);
  const child = spawn('python3', [script], {
    env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answer = child.stdout.toArray();
  // Where it ends early, its status says so.
  child.stdin.on('error', () => undefined);
  child.stdin.end(texts.map((text) => `${JSON.stringify(text)}\n`).join(''));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`pyx12 ended with status ${status}.`);
  const lines = Buffer.concat(await answer)
    .toString('utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as boolean | null);
}

async function fetchPyx12(folder: string): Promise<void> {
  const options = ['--quiet', '--disable-pip-version-check', '--target', folder];
  await promisify(execFile)('python3', ['-m', 'pip', 'install', ...options, `pyx12==${VERSION}`]);
}
