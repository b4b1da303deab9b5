import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import type { Stored } from '../../src/bus/message-bus.ts';
import { busContract } from './bus-contract.ts';
import { temporaryBus } from './temporary-bus.ts';

busContract('embedded', temporaryBus);

test('what is too large for the memory between the threads keeps its place among what is not', async (t) => {
  const { bus } = await temporaryBus(t);
  const sizes = Array.from({ length: 200 }, (_, i) => (i % 20 === 7 ? 1_500_000 : i % 3 === 0 ? 40_000 : 10));
  const stored: Promise<Stored>[] = [];
  for (const size of sizes) {
    stored.push(bus.publish({ subject: 'in', headers: {}, body: new Uint8Array(size) }));
    // Each is a batch of its own, or with few others.
    if (stored.length % 2 === 0) await turn();
  }
  const seqs = (await Promise.all(stored)).map(({ seq }) => seq);
  t.deepEqual(
    seqs,
    sizes.map((_, i) => i + 1),
  );
  for (const [i, size] of sizes.entries()) t.is((await bus.get(i + 1))?.body.byteLength, size);
});
