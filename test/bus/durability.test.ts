import test from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { HealthosError } from '../../src/errors.ts';
import type { MessageBus } from '../../src/bus/message-bus.ts';
import { fetchExactly, publishText } from './bus-contract.ts';
import { openAt, temporaryBus, temporaryFolder } from './temporary-bus.ts';

/** Runs the publisher until it told of so many stored keys, kills it, and answers all that it told. */
async function publishAndKill(path: string, run: string, count: number): Promise<string[]> {
  const script = new URL('./killed-publisher.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, path, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stored: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    stored.push(line);
    if (stored.length === count) child.kill('SIGKILL');
  }
  return stored;
}

async function allKeys(bus: MessageBus): Promise<string[]> {
  const { messages } = await bus.status();
  const consumer = await bus.consume('all', { filter: ['a'], maxAckPending: messages });
  return (await fetchExactly(consumer, messages)).map(({ headers }) => headers['Key'] ?? '');
}

test('what was stored survives a kill of the process, and none is there twice', async (t) => {
  const path = await temporaryFolder(t);
  const told = [
    ...(await publishAndKill(path, 'first', 500)),
    ...(await publishAndKill(path, 'second', 300)),
  ];
  const bus = await openAt(path);
  t.teardown(() => bus.close());
  const again = await publishText(bus, 'a', 'again', told[0]);
  const keys = await allKeys(bus);
  t.true(again.duplicate);
  t.deepEqual(
    told.filter((key) => !keys.includes(key)),
    [],
  );
  t.is(new Set(keys).size, keys.length);
});

test('a damaged file is named with what to do about it, and once it is moved away the bus starts anew', async (t) => {
  const path = await temporaryFolder(t);
  const file = join(path, 'bus.db');
  await writeFile(file, 'no database at all, but more bytes than its header would have: '.repeat(20));
  const bus = await openAt(path);
  t.teardown(() => bus.close());
  let status = await bus.status();
  for (; status.reason?.includes(file) !== true; status = await bus.status()) await setImmediate();
  t.is(status.state, 'unavailable');
  t.regex(status.reason, /damaged.*restore.*move it away/);
  await t.throwsAsync(publishText(bus, 'a', '1'), { code: 'bus/unavailable' });
  const ready = new Promise<string>((resolve) => bus.onState(({ state }) => resolve(state)));
  await rename(file, join(path, 'damaged.db'));
  t.is(await ready, 'ready');
  await publishText(bus, 'a', '1');
});

test('when the thread of the store dies, the bus says so, starts another one, and consumers go on', async (t) => {
  const workers: Worker[] = [];
  const startWorker = (...args: ConstructorParameters<typeof Worker>): Worker => {
    const worker = new Worker(...args);
    workers.push(worker);
    return worker;
  };
  const { bus } = await temporaryBus(t, { startWorker });
  const states: string[] = [];
  const consumer = await bus.consume('c', { filter: ['a'] });
  await publishText(bus, 'a', '1');
  const [unanswered] = await fetchExactly(consumer, 1);
  const waiting = consumer.fetch(1);
  const ready = new Promise<void>((resolve) => {
    bus.onState(({ state }) => {
      states.push(state);
      if (state === 'ready') resolve();
    });
  });
  const interrupted = Promise.all(['2', '3'].map((text) => publishText(bus, 'a', text)));
  await workers[0]?.terminate();
  const error = await t.throwsAsync(interrupted, { instanceOf: HealthosError });
  t.is(error.code, 'bus/unavailable');
  t.is((await t.throwsAsync(consumer.flush(), { instanceOf: HealthosError })).code, 'bus/unavailable');
  await ready;
  t.deepEqual(states, ['unavailable', 'ready']);
  const [again] = await waiting;
  t.is(again?.seq, unanswered?.seq);
  t.is(again?.attempt, 2);
  unanswered?.ack();
  again?.nak();
  t.is((await fetchExactly(consumer, 1))[0]?.attempt, 3);
  t.false((await publishText(bus, 'a', '4')).duplicate);
});

test('a thread joins with a ticket, and what it had unanswered goes on when it dies', async (t) => {
  const { bus } = await temporaryBus(t);
  const { ticket, transfer } = bus.share();
  const worker = new Worker(new URL('./joined-thread.ts', import.meta.url), {
    workerData: ticket,
    transferList: [...transfer],
  });
  await once(worker, 'message');
  await publishText(bus, 'in', 'one');
  const verdicts = await bus.consume('verdicts', { filter: ['out'] });
  const [verdict] = await fetchExactly(verdicts, 1);
  t.is(verdict?.headers['By'], 'thread');
  await publishText(bus, 'in', 'keep');
  await once(worker, 'message');
  await worker.terminate();
  const heir = await bus.consume('joined', { filter: ['in'] });
  const [kept] = await fetchExactly(heir, 1);
  t.is(kept?.headers['Healthos-Data-Id'], 'keep');
  t.is(kept?.attempt, 2);
});
