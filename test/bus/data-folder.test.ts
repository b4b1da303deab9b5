import test from 'ava';
import type { ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HealthosError } from '../../src/errors.ts';
import { openDataFolder } from '../../src/bus/data-folder.ts';
import { temporaryFolder } from './temporary-bus.ts';

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

async function refusal(t: ExecutionContext, path: string): Promise<HealthosError> {
  return t.throwsAsync(openDataFolder(path), { instanceOf: HealthosError });
}

test("a new data folder is the owner's alone", async (t) => {
  const path = join(await temporaryFolder(t), 'a', 'data');
  const folder = await openDataFolder(path);
  folder.close();
  t.is(await modeOf(path), 0o700);
  t.is(folder.bus, join(path, 'bus.db'));
});

test('the mode of its own folder is repaired, and so is that of an empty one', async (t) => {
  const path = await temporaryFolder(t);
  await chmod(path, 0o755);
  (await openDataFolder(path)).close();
  t.is(await modeOf(path), 0o700);
  await chmod(path, 0o755);
  (await openDataFolder(path)).close();
  t.is(await modeOf(path), 0o700);
});

test('a folder that holds other things and is open to others is left alone', async (t) => {
  const path = await temporaryFolder(t);
  await chmod(path, 0o755);
  await writeFile(join(path, 'thesis.txt'), 'not ours');
  t.is((await refusal(t, path)).code, 'data/foreign-folder');
  t.is(await modeOf(path), 0o755);
});

test('a folder of another version is not touched', async (t) => {
  const path = await temporaryFolder(t);
  await writeFile(join(path, 'version'), '999\n');
  t.is((await refusal(t, path)).code, 'data/foreign-version');
});

test('a second gateway on the same folder meets one clear sentence', async (t) => {
  const path = await temporaryFolder(t);
  const first = await openDataFolder(path);
  const error = await refusal(t, path);
  t.is(error.code, 'data/locked');
  t.true(error.message.includes(path));
  first.close();
  (await openDataFolder(path)).close();
});

test('the lock of a gateway that was killed is free', async (t) => {
  const path = await temporaryFolder(t);
  const script = `
    import { openDataFolder } from ${JSON.stringify(new URL('../../src/bus/data-folder.ts', import.meta.url))};
    await openDataFolder(${JSON.stringify(path)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  t.is((await refusal(t, path)).code, 'data/locked');
  child.kill('SIGKILL');
  await once(child, 'exit');
  (await openDataFolder(path)).close();
  t.pass();
});

test('a folder that cannot be written says so and what to do', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  const error = await refusal(t, join(file, 'data'));
  t.is(error.code, 'data/unwritable');
  t.true(error.message.includes(join(file, 'data')));
});

test('a folder where nothing can be made ends in the same sentence', async (t) => {
  const error = await refusal(t, '/proc/nope/data');
  t.is(error.code, 'data/unwritable');
  t.true(error.message.includes('/proc/nope/data'));
});

test('a file that stands where a folder belongs is left alone', async (t) => {
  const path = await temporaryFolder(t);
  await writeFile(join(path, 'objects'), '');
  t.is((await refusal(t, path)).code, 'data/unwritable');
});

test('a disk that holds nothing but its lost+found will do', async (t) => {
  const path = await temporaryFolder(t);
  await chmod(path, 0o755);
  await mkdir(join(path, 'lost+found'));
  (await openDataFolder(path)).close();
  t.is(await modeOf(path), 0o700);
});

test('the folder knows its gateway: the same id as long as it is kept, and another one in another folder', async (t) => {
  const path = await temporaryFolder(t);
  const first = await openDataFolder(path);
  first.close();
  const again = await openDataFolder(path);
  again.close();
  const other = await openDataFolder(await temporaryFolder(t));
  other.close();
  t.regex(first.gateway, /^[0-9a-f]{12}$/);
  t.is(again.gateway, first.gateway);
  t.not(other.gateway, first.gateway);
});
