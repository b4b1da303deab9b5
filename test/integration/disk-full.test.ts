/** A disk without room: intake is refused in words, nothing that was acknowledged is lost, and it recovers by itself. */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { brokenJourneys, journeysOf, Ledger } from './ledger.ts';
import { eventually, startGateway, temporaryFolder } from '../running-gateway.ts';

const DISK_MIB = 48;
/** What is left for the gateway at first. */
const ROOM_MIB = 12;

/** A small disk of its own; undefined where this user may not make one. */
function smallDisk(t: ExecutionContext): string | undefined {
  const folder = temporaryFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    t.log('SKIPPED: this user may not mount a small disk.');
    t.pass();
    return undefined;
  }
  t.teardown(() => execFileSync('umount', ['--lazy', folder]));
  return folder;
}

test('a full disk refuses intake, loses nothing that was acknowledged, and is ready again when there is room', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  const filler = join(disk, 'filler');
  writeFileSync(filler, Buffer.alloc((DISK_MIB - ROOM_MIB) * 1024 * 1024));
  const gateway = await startGateway(t, { data: join(disk, 'data') });
  const ledger = new Ledger();
  const refusals = () => ledger.statuses.get(503) ?? 0;

  // A first refusal may give back the room that it lacked: it goes on until it is seen.
  let isSeen = false;
  const filling = ledger.load(gateway.url, 16, () => isSeen);
  const reasons = await eventually('not to be ready', async () => {
    const said = await gateway.get<{ reasons: string[] }>('/readyz');
    return said.reasons.length > 0 ? said.reasons : undefined;
  });
  isSeen = true;
  await filling;
  t.regex(reasons.join(' '), /disk|room|space/i);
  await ledger.load(gateway.url, 64, () => refusals() > 2000);
  t.deepEqual([...ledger.statuses.keys()].toSorted(), [202, 503]);
  t.log(`${ledger.acknowledged.size} acknowledged, ${refusals()} refused`);

  rmSync(filler);
  await eventually('to be ready again', async () => ((await gateway.isReady()) ? true : undefined));
  const agent = new Agent({ keepAlive: true });
  const after = await eventually('a message to be taken in again', async () => {
    await ledger.send(agent, gateway.url, 'after');
    return ledger.acknowledged.get('after');
  });
  agent.destroy();
  await gateway.settled();
  const found = (await journeysOf(gateway)).map(({ data_id }) => data_id);
  t.true(found.includes(after));
  t.deepEqual(found.toSorted(), [...ledger.acknowledged.values()].toSorted());
  t.deepEqual(await brokenJourneys(gateway, ledger.acknowledged.values()), []);
  t.is((await gateway.stop()).code, 0);
});

test('a gateway that is killed on a full disk starts there again, with all that it acknowledged', async (t) => {
  const disk = smallDisk(t);
  if (disk === undefined) return;
  const filler = join(disk, 'filler');
  writeFileSync(filler, Buffer.alloc((DISK_MIB - ROOM_MIB) * 1024 * 1024));
  const data = join(disk, 'data');
  const gateway = await startGateway(t, { data });
  const ledger = new Ledger();
  await ledger.load(gateway.url, 16, () => (ledger.statuses.get(503) ?? 0) > 0);
  gateway.kill('SIGKILL');
  await gateway.exited;
  const { bavail, bsize } = statfsSync(disk);
  t.log(`${ledger.acknowledged.size} acknowledged; ${((bavail * bsize) / 1024 / 1024).toFixed(1)} MiB left`);

  rmSync(filler);
  const next = await startGateway(t, { data });
  await next.settled();
  t.deepEqual(await brokenJourneys(next, ledger.acknowledged.values()), []);
});
