import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openControlNumbers } from '../../src/store/control-numbers.ts';

const someFile = async (): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'numbers-')), 'control-numbers.json');

test('control numbers begin at 1 and count on', async (t) => {
  const numbers = await openControlNumbers(await someFile());
  t.deepEqual([await numbers.next(), await numbers.next(), await numbers.next()], [1, 2, 3]);
});

test('a number given before the process ended never comes again', async (t) => {
  const file = await someFile();
  const given = new Set<number>();
  for (let start = 0; start < 4; start++) {
    const numbers = await openControlNumbers(file);
    for (let count = 0; count < 700; count++) given.add(await numbers.next());
  }
  t.is(given.size, 4 * 700);
  t.deepEqual(Math.max(...given), [...given].at(-1));
});

test('a number is given only when one beyond it is on disk', async (t) => {
  const file = await someFile();
  const numbers = await openControlNumbers(file);
  for (let count = 0; count < 2500; count++) {
    const number = await numbers.next();
    const { reserved } = JSON.parse(await readFile(file, 'utf8')) as { reserved: number };
    t.true(reserved >= number);
  }
  t.deepEqual(await readdir(join(file, '..')), ['control-numbers.json']);
});

test('those who ask at the same time get different numbers', async (t) => {
  const numbers = await openControlNumbers(await someFile());
  const given = await Promise.all(Array.from({ length: 5000 }, () => numbers.next()));
  t.is(new Set(given).size, 5000);
});

test('behind 999,999,999 comes 1, which is all that nine digits hold', async (t) => {
  const file = await someFile();
  await writeFile(file, '{"version":1,"reserved":999999998}\n');
  const numbers = await openControlNumbers(file);
  t.deepEqual([await numbers.next(), await numbers.next()], [999_999_999, 1]);
});

test('a file that is not of ours is not counted on from', async (t) => {
  const file = await someFile();
  await writeFile(file, '{"version":2}');
  await t.throwsAsync(openControlNumbers(file), { code: 'data/foreign-version' });
});

test('where the folder cannot be written, no number is given', async (t) => {
  const numbers = await openControlNumbers(join(await someFile(), 'missing', 'control-numbers.json'));
  await t.throwsAsync(numbers.next(), { code: 'data/unwritable' });
});
