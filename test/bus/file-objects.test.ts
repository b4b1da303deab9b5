/** The object store as a folder: what is put is read back whole, by threads that may wait for the disk and by others. */
import { readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { FileObjects } from '../../src/bus/embedded/file-objects.ts';
import { temporaryFolder } from './temporary-bus.ts';

const SIZE = 2_500_000;
const bytes = Buffer.alloc(SIZE, 'abc');

/** The files of the folder that this process has open. */
async function openIn(folder: string): Promise<number> {
  const real = await realpath(folder);
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(join(real, '/'))).length;
}

for (const mayWait of [false, true]) {
  const who = mayWait ? 'a thread that may wait' : 'a thread that may not wait';

  test(`${who} reads a body whole, in pieces that are its own`, async (t) => {
    const objects = new FileObjects(await temporaryFolder(t), () => undefined, mayWait);
    t.teardown(() => objects.close());
    const { ref, size } = await objects.put(Readable.from([bytes]));
    t.is(size, SIZE);
    const pieces: Uint8Array[] = [];
    for await (const piece of await objects.get(ref)) pieces.push(piece);
    t.true(Buffer.concat(pieces).equals(bytes));
    t.is(new Set(pieces.map((piece) => piece.buffer)).size, pieces.length);
  });

  const linux = process.platform === 'linux' ? test : test.skip;
  linux(`${who} leaves no file open, however far it reads`, async (t) => {
    const folder = await temporaryFolder(t);
    const objects = new FileObjects(folder, () => undefined, mayWait);
    t.teardown(() => objects.close());
    const { ref } = await objects.put(Readable.from([bytes]));
    while ((await openIn(folder)) > 0);
    for await (const piece of await objects.get(ref)) {
      t.true(piece.byteLength < SIZE);
      break;
    }
    Readable.from(await objects.get(ref)).destroy();
    await buffer(Readable.from(await objects.get(ref)));
    while ((await openIn(folder)) > 0);
    t.pass();
  });
}

test('bodies that are put at once are each there', async (t) => {
  const objects = new FileObjects(await temporaryFolder(t), () => undefined);
  t.teardown(() => objects.close());
  const bodies = Array.from({ length: 20 }, (_, i) => Buffer.alloc(300_000, i));
  const put = await Promise.all(bodies.map((body) => objects.put(Readable.from([body]))));
  for (const [i, { ref }] of put.entries()) {
    t.true((await buffer(Readable.from(await objects.get(ref)))).equals(bodies[i] ?? Buffer.alloc(0)));
  }
});
