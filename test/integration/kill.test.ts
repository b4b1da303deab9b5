/** Killed in the middle of its work, again and again: nothing that was acknowledged is lost, and nothing comes twice. */
import { join } from 'node:path';
import test from 'ava';
import { brokenJourneys, journeysOf, Ledger } from './ledger.ts';
import { startGateway, temporaryFolder } from '../running-gateway.ts';

const KILLS = 20;
const CONNECTIONS = 64;

test('twenty kills in the middle of 64 connections lose no acknowledged message and double none', async (t) => {
  const data = join(temporaryFolder(t), 'data');
  const ledger = new Ledger();
  for (let kill = 0; kill < KILLS; kill++) {
    const gateway = await startGateway(t, { data });
    const mark = ledger.acknowledged.size + 50 + kill * 40;
    const load = ledger.load(gateway.url, CONNECTIONS, () => {
      if (ledger.acknowledged.size >= mark) gateway.kill('SIGKILL');
      return false;
    });
    await gateway.exited;
    await load;
  }
  const gateway = await startGateway(t, { data });
  // Whoever got no answer sends again under the same key.
  await ledger.load(gateway.url, CONNECTIONS, () => true);
  await gateway.settled();
  const journeys = await journeysOf(gateway);
  t.is(ledger.open.size, 0);
  t.deepEqual([...ledger.statuses.keys()], [202]);
  t.is(new Set(ledger.acknowledged.values()).size, ledger.acknowledged.size, 'two keys got one data id');
  const found = journeys.map(({ data_id }) => data_id);
  const acknowledged = [...ledger.acknowledged.values()];
  t.deepEqual(found.toSorted(), acknowledged.toSorted(), 'a journey for each acknowledgement, and no other');
  t.deepEqual(await brokenJourneys(gateway, ledger.acknowledged.values()), []);
  t.log(`${ledger.acknowledged.size} messages acknowledged over ${KILLS} kills`);
  t.is((await gateway.stop()).code, 0);
});
