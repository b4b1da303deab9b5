/** What keeps a gateway from starting: one clear sentence each; exit 2 for configuration, 1 for the rest. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Ended, launcher, spawnGateway, startGateway, temporaryFolder } from '../running-gateway.ts';

/** It says what is wrong in a sentence, without a stack. */
function saysOnly(t: ExecutionContext, { stderr }: Ended, sentence: RegExp): void {
  t.regex(stderr, sentence);
  t.notRegex(stderr, /\n\s+at |node:internal|Error:/);
  t.true(stderr.trim().split('\n').length <= 3, stderr);
}

test('a port that is taken', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.teardown(() => holder.close());
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const ended = await spawnGateway(t, { data: join(temporaryFolder(t), 'data'), port }).exited;
  t.is(ended.code, 1);
  saysOnly(t, ended, new RegExp(`${port}`));
});

test('a data folder that another gateway uses, which goes on', async (t) => {
  const data = join(temporaryFolder(t), 'data');
  const first = await startGateway(t, { data });
  const ended = await spawnGateway(t, { data }).exited;
  t.is(ended.code, 1);
  saysOnly(t, ended, /another gateway/i);
  t.true(await first.isReady());
});

test('a data folder that cannot be written', async (t) => {
  const parent = temporaryFolder(t);
  const data = join(parent, 'data');
  mkdirSync(data);
  const command = unprivileged(t, parent, data);
  if (command === undefined) return;
  const ended = await spawnGateway(t, { data, command }).exited;
  t.is(ended.code, 1);
  saysOnly(t, ended, /cannot be written|not.*writ/i);
});

/** For root every folder can be written, so another user is asked to. Undefined where that is not possible. */
function unprivileged(t: ExecutionContext, parent: string, data: string): readonly string[] | undefined {
  chmodSync(data, 0o500);
  const own = [process.execPath, launcher];
  if (process.getuid?.() !== 0) return own;
  const drop = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  chmodSync(parent, 0o755);
  chmodSync(data, 0o555);
  try {
    execFileSync('setpriv', [...drop.slice(1), ...own, '--version'], { stdio: 'ignore' });
    return [...drop, ...own];
  } catch {
    t.log(
      'SKIPPED: no other user can run the gateway here (setpriv is missing, or it cannot read the checkout).',
    );
    t.pass();
    return undefined;
  }
}

test('a service definition with mistakes: all of them, each with its place', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'broken.yaml');
  writeFileSync(file, 'app:\n  hots: 127.0.0.1\n  port: many\nconnectors: []\n');
  const { code, stderr } = await spawnGateway(t, { data: join(folder, 'data'), file }).exited;
  t.is(code, 2);
  t.regex(stderr, /broken\.yaml:2:3/);
  t.regex(stderr, /host/);
  t.regex(stderr, /broken\.yaml:3:\d/);
  t.notRegex(stderr, /\n\s+at /);
});

test('a service definition that is not there', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'absent.yaml');
  const ended = await spawnGateway(t, { data: join(folder, 'data'), file }).exited;
  t.is(ended.code, 2);
  saysOnly(t, ended, /absent\.yaml/);
});
