import { readFile } from 'node:fs/promises';
import test from 'ava';
import { configurationFiles } from '../../docs/generate-configuration.ts';

test('the reference page and the JSON Schema say what the schemas say', async (t) => {
  for (const [path, text] of await configurationFiles()) {
    t.is(await readFile(path, 'utf8'), text, `${path} has fallen behind: run npm run generate`);
  }
});

test('every setting has a description', async (t) => {
  const page = (await configurationFiles()).get('docs/configuration.md') ?? '';
  const bare = page.split('\n').filter((line) => line.startsWith('| `') && line.endsWith('|  |'));
  t.deepEqual(bare, []);
});
