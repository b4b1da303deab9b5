/** An orderly end: within ten seconds, under load too, and nothing that was acknowledged is lost. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { brokenJourneys, Ledger } from './ledger.ts';
import { eventually, project, startGateway, temporaryFolder } from '../running-gateway.ts';

const LIMIT_MS = 10_000;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} under load ends with 0 within ten seconds and loses nothing`, async (t) => {
    const data = join(temporaryFolder(t), 'data');
    const gateway = await startGateway(t, { data });
    const ledger = new Ledger();
    let signalled = 0;
    const load = ledger.load(gateway.url, 64, () => {
      if (ledger.acknowledged.size > 2000 && signalled === 0) {
        signalled = performance.now();
        gateway.kill(signal);
      }
      return false;
    });
    const { code } = await gateway.exited;
    const took = performance.now() - signalled;
    await load;
    t.is(code, 0);
    t.true(took < LIMIT_MS, `it took ${took.toFixed(0)} ms`);
    const next = await startGateway(t, { data });
    await next.settled();
    t.deepEqual(await brokenJourneys(next, ledger.acknowledged.values()), []);
    t.log(`${ledger.acknowledged.size} messages acknowledged; ended after ${took.toFixed(0)} ms`);
  });
}

test('a second signal, a second later, ends at once', async (t) => {
  const gateway = await startGateway(t, { data: join(temporaryFolder(t), 'data') });
  await keepAnAnswerWaiting(t, gateway.url);
  gateway.kill('SIGTERM');
  // The time between the signals is what is tested.
  await setTimeout(1200);
  gateway.kill('SIGTERM');
  t.is((await gateway.exited).code, 143);
});

/** Asks for a body that is larger than what the sockets hold, and does not read it: the drain has to wait for it. */
async function keepAnAnswerWaiting(t: ExecutionContext, url: string): Promise<void> {
  const sent = await fetch(`${url}/ingress`, {
    method: 'POST',
    body: new Uint8Array(48 * 1024 * 1024).fill(65),
  });
  const { data_id: dataId } = (await sent.json()) as { data_id: string };
  await eventually('the message to be journalled', async () => {
    const { status } = await fetch(`${url}/admin/messages/${dataId}`);
    return status === 200 ? true : undefined;
  });
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write(`GET /admin/messages/${dataId}/body HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(socket, 'readable');
}

test('both signals of one Ctrl-C are one wish', async (t) => {
  const gateway = await startGateway(t, { data: join(temporaryFolder(t), 'data') });
  gateway.kill('SIGINT');
  gateway.kill('SIGTERM');
  t.is((await gateway.exited).code, 0);
});

test('SIGTERM to `npm start` ends the gateway, not npm alone', async (t) => {
  const args = ['start', '--', '--data', join(temporaryFolder(t), 'data'), '--port', '0'];
  const npm = spawn('npm', args, { cwd: project });
  t.teardown(() => npm.kill('SIGKILL'));
  let said = '';
  for await (const chunk of npm.stderr) {
    said += String(chunk);
    if (said.includes('is ready.')) break;
  }
  const url = /dashboard\s+(http:\/\/[\d.:]+)\//.exec(said)?.[1] ?? '';
  t.true((await fetch(`${url}/healthz`)).ok);
  npm.kill('SIGTERM');
  t.deepEqual(await once(npm, 'exit'), [0, null]);
  await t.throwsAsync(fetch(`${url}/healthz`));
});
