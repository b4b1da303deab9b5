/** Which commits wait for the disk. */
import { join } from 'node:path';
import test from 'ava';
import { openDatabase, SyncLevel } from '../../src/bus/embedded/database.ts';
import { temporaryFolder } from './temporary-bus.ts';

test('every commit waits for the disk, unless it is said that it need not', async (t) => {
  const database = openDatabase(join(await temporaryFolder(t), 'bus.db'));
  t.teardown(() => database.close());
  const level = () => database.prepare('PRAGMA synchronous').get()?.['synchronous'];
  const sync = new SyncLevel(database);
  const full = level();
  sync.waitForDisk(false);
  const normal = level();
  sync.waitForDisk(true);
  t.deepEqual([full, normal, level()], [2, 1, 2]);
});
