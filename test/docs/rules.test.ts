import { readFile } from 'node:fs/promises';
import test from 'ava';
import { rulesPage } from '../../docs/generate-rules.ts';

test('the page of rules says what the engine’s table says', async (t) => {
  t.is(
    await readFile('docs/hl7v2-rules.md', 'utf8'),
    rulesPage(),
    'It has fallen behind: run npm run generate',
  );
});
