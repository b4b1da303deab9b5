/** The journal is a projection: deleted, it is the same again after a start. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { journeysOf, Ledger } from './ledger.ts';
import { startGateway, temporaryFolder } from '../running-gateway.ts';

test('a journal that was deleted between two runs is rebuilt from the bus, and its log lines do not come again', async (t) => {
  const data = join(temporaryFolder(t), 'data');
  const first = await startGateway(t, { data });
  const ledger = new Ledger();
  await ledger.load(first.url, 16, () => ledger.acknowledged.size >= 3000);
  await first.settled();
  const before = await journeysOf(first);
  const [newest] = before;
  const journey = await first.get(`/admin/messages/${newest?.data_id ?? ''}`);
  await first.stop();
  t.is(first.log.match(/"msg":"message\.(?:valid|invalid)"/g)?.length, before.length);

  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `journal.db${suffix}`), { force: true });
  const second = await startGateway(t, { data });
  await second.settled();
  t.deepEqual(await journeysOf(second), before);
  t.deepEqual(await second.get(`/admin/messages/${newest?.data_id ?? ''}`), journey);
  await second.stop();
  t.notRegex(second.log, /"msg":"message\./);
});
