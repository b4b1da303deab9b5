/** In a file, and so a process, of its own: nothing else takes memory meanwhile. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import test from 'ava';
import type { ObjectStore } from '../../src/bus/message-bus.ts';
import { request, startIngress } from './ingress-fixture.ts';

test('300 MB go through to the object store without being held in memory', async (t) => {
  const size = 300 * 1024 * 1024;
  const store = measuringStore();
  const fixture = await startIngress(t, { config: { max_bytes: size }, objects: store.objects });
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  const socket = net.connect(fixture.port, '127.0.0.1');
  socket.write(request({ 'Content-Length': String(size) }));
  for (let sent = 0; sent < size; sent += chunk.length) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  t.regex(answer.toString(), /^HTTP\/1\.1 202 /);
  t.is(store.size(), size);
  // Buffers that are done with wait for the collector, so this is far more than is in use.
  t.true(store.heldAtMost() < size / 2, `held ${store.heldAtMost()} bytes`);
});

/** Throws the bytes away, and looks how much memory buffers take while they come. */
function measuringStore(): { objects: ObjectStore; size(): number; heldAtMost(): number } {
  const before = process.memoryUsage().arrayBuffers;
  let size = 0;
  let most = 0;
  const objects: ObjectStore = {
    async put(source) {
      const sha256 = createHash('sha256');
      for await (const chunk of source) {
        size += chunk.byteLength;
        sha256.update(chunk);
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      return { ref: 'thrown-away', size, sha256: sha256.digest('hex') };
    },
    get: () => Promise.reject(new Error('nobody reads here')),
  };
  return { objects, size: () => size, heldAtMost: () => most };
}
