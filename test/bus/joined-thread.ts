/** A thread that forwards what comes in, but for the message `keep`, which it leaves unanswered. */
import { parentPort, workerData } from 'node:worker_threads';
import { joinBus } from '../../src/bus/join-bus.ts';

const bus = await joinBus(workerData);
const consumer = await bus.consume('joined', { filter: ['in'] });
parentPort?.postMessage('joined');
for (;;) {
  for (const delivery of await consumer.fetch(16)) {
    const id = delivery.headers['Healthos-Data-Id'] ?? '';
    if (id === 'keep') parentPort?.postMessage('kept');
    else delivery.forward('out', { By: 'thread' }, `${id}/verdict`);
  }
}
