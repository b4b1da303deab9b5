/** A process to be killed: publishes under duplicate keys, 64 in flight, and tells each key that was stored. */
import { openDataFolder } from '../../src/bus/data-folder.ts';
import { openEmbeddedBus } from '../../src/bus/embedded-bus.ts';

const [path = '', run = ''] = process.argv.slice(2);
const bus = await openEmbeddedBus({
  folder: await openDataFolder(path),
  publishTimeoutMs: 5000,
  duplicateWindowMs: 3_600_000,
  retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
});
let last = 0;

async function publishForEver(): Promise<never> {
  for (;;) {
    const key = `${run}-${++last}`;
    await bus.publish({ subject: 'a', headers: { Key: key }, body: Buffer.alloc(1024), duplicateKey: key });
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all(Array.from({ length: 64 }, publishForEver));
