import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openDesiredStates } from '../../src/actors/desired-states.ts';

async function newFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'desired-')), 'desired.json');
}

test('what was set is there when the file is opened again', async (t) => {
  const file = await newFile();
  const states = await openDesiredStates(file);
  await Promise.all([states.set('a', 'off'), states.set('b', 'on'), states.set('__proto__', 'off')]);
  const again = await openDesiredStates(file);
  t.deepEqual(
    [again.get('a'), again.get('b'), again.get('__proto__'), again.get('constructor')],
    ['off', 'on', 'off', undefined],
  );
  t.is((await stat(file)).mode & 0o777, 0o600);
});

test('the last of many writes wins', async (t) => {
  const file = await newFile();
  const states = await openDesiredStates(file);
  await Promise.all(Array.from({ length: 20 }, (_, i) => states.set('a', i % 2 === 0 ? 'off' : 'on')));
  t.is((await openDesiredStates(file)).get('a'), 'on');
  t.regex(await readFile(file, 'utf8'), /"version": 1/);
});

test('a file that is not ours is refused in a sentence, and left as it is', async (t) => {
  const file = await newFile();
  for (const text of ['', '{', '[]', '{"version":2,"desired":{}}', 'null']) {
    await writeFile(file, text);
    await t.throwsAsync(openDesiredStates(file), { code: 'data/foreign-version', message: /desired states/ });
  }
});

test('a folder that cannot be written is said in a sentence', async (t) => {
  const states = await openDesiredStates('/nonexistent/folder/desired.json');
  await t.throwsAsync(states.set('a', 'off'), { code: 'data/unwritable' });
});
