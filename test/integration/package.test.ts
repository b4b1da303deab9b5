/** The packed package, installed elsewhere: what `npm install healthos` gives. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent } from 'node:http';
import test from 'ava';
import { message, post } from './ledger.ts';
import { project, startGateway, temporaryFolder } from '../running-gateway.ts';

test('the packed package runs where it is installed: version, start, a message and its verdict', async (t) => {
  const folder = temporaryFolder(t);
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  npm(['pack', '--pack-destination', folder], project);
  const { version } = JSON.parse(npm(['pkg', 'get', 'version', 'name'], project)) as { version: string };
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  npm(['install', '--omit=dev', '--no-audit', '--no-fund', `./healthos-${version}.tgz`], folder);

  const healthos = join(folder, 'node_modules/.bin/healthos');
  t.false(existsSync(join(folder, 'node_modules/healthos/src/main.ts')), 'compiled code only');
  const run = (...args: string[]) => execFileSync(healthos, args, { cwd: folder, encoding: 'utf8' });
  t.regex(run('--version'), new RegExp(version.replaceAll('.', '\\.')));

  const gateway = await startGateway(t, { data: join(folder, 'data'), command: [healthos] });
  const agent = new Agent();
  const answer = await post(agent, gateway.url, message('PACKED1'), { Prefer: 'wait=30' });
  t.is(answer.status, 200);
  await gateway.settled();
  t.is((await gateway.get<{ state: string }>(`/admin/messages/${answer.dataId ?? ''}`)).state, 'valid');
  t.is((await gateway.stop()).code, 0);
});
