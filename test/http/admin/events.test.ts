import test from 'ava';
import type { Readable } from 'node:stream';
import type { StateChange, StateFeed } from '../../../src/actors/status.ts';
import { createEventHub } from '../../../src/http/events.ts';
import type { MessageEvent } from '../../../src/store/journal.ts';

function change(id: number): StateChange {
  return {
    id,
    actor: 'rest-connector',
    machine: 'connector',
    from: 'connecting',
    to: 'running.consuming',
    event: 'connector.connected',
    reason: null,
    at: '2026-01-01T00:00:00.000Z',
  };
}

function step(data_id: string): MessageEvent {
  const what = {
    connector: 'rest-connector',
    format: 'hl7v2',
    type: 'ADT^A01',
    bytes: 10,
    issues: 0,
  } as const;
  return { data_id, step: 'valid', at: '2026-01-01T00:00:00.000Z', ...what };
}

/** A feed and a journal that tell what a test makes happen. */
function sources(kept: StateChange[] = []) {
  const stateListeners = new Set<(change: StateChange) => void>();
  const messageListeners = new Set<(event: MessageEvent) => void>();
  const feed: StateFeed = {
    subscribe(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    since: (id) => kept.filter((one) => one.id > id),
  };
  const journal = {
    subscribe(listener: (event: MessageEvent) => void) {
      messageListeners.add(listener);
      return () => messageListeners.delete(listener);
    },
  };
  return { feed, journal, stateListeners, messageListeners };
}

/** Reads until the text holds what is waited for. */
async function readUntil(stream: Readable, wanted: string): Promise<string> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes(wanted)) return text;
  }
  throw new Error(`ended without ${wanted}: ${text}`);
}

async function readAll(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test('a change of state and a step of a message reach every listener', async (t) => {
  const { feed, journal, stateListeners, messageListeners } = sources();
  const hub = createEventHub(feed, journal);
  const streams = [hub.open(undefined), hub.open(undefined)];
  for (const tell of stateListeners) tell(change(7));
  for (const tell of messageListeners) tell(step('a-message'));
  hub.close();
  for (const stream of streams) {
    const text = await readAll(stream);
    t.true(text.includes(`id: 7\nevent: state\ndata: ${JSON.stringify(change(7))}\n\n`));
    t.true(text.includes(`event: message\ndata: ${JSON.stringify(step('a-message'))}\n\n`));
  }
});

test('who comes back with Last-Event-ID gets what it missed, then what is new', async (t) => {
  const { feed, journal, stateListeners } = sources([change(1), change(2), change(3)]);
  const hub = createEventHub(feed, journal);
  const stream = hub.open('1');
  for (const tell of stateListeners) tell(change(4));
  hub.close();
  t.deepEqual((await readAll(stream)).match(/(?<=^id: )\d+/gm), ['2', '3', '4']);
});

test('an id of an earlier process, beyond our newest, gets all that is kept', async (t) => {
  const { feed, journal } = sources([change(1), change(2)]);
  const hub = createEventHub(feed, journal);
  const stream = hub.open('4711');
  hub.close();
  t.deepEqual((await readAll(stream)).match(/(?<=^id: )\d+/gm), ['1', '2']);
});

test('without an id, or with nonsense for one, only what is new is sent', async (t) => {
  for (const id of [undefined, '', 'x', '-1', '1'.repeat(40)]) {
    const { feed, journal } = sources([change(1)]);
    const hub = createEventHub(feed, journal);
    const stream = hub.open(id);
    hub.close();
    t.false((await readAll(stream)).includes('id: '), String(id));
  }
});

test('a change that happened in the turn in which a listener came is not told twice', async (t) => {
  const kept: StateChange[] = [];
  const { feed, journal, stateListeners } = sources(kept);
  const hub = createEventHub(feed, journal);
  const early = hub.open(undefined);
  kept.push(change(1));
  for (const tell of stateListeners) tell(change(1));
  const late = hub.open('0');
  hub.close();
  t.is((await readAll(early)).match(/^id: 1$/gm)?.length, 1);
  t.is((await readAll(late)).match(/^id: 1$/gm)?.length, 1);
});

test('a heartbeat comment shows that the connection lives', async (t) => {
  const { feed, journal } = sources();
  const hub = createEventHub(feed, journal, { heartbeatMs: 1 });
  t.true((await readUntil(hub.open(undefined), ': heartbeat\n\n')).includes(': connected'));
  hub.close();
});

test('a listener that does not read is dropped, and the others go on', async (t) => {
  const { feed, journal, messageListeners } = sources();
  const hub = createEventHub(feed, journal);
  const slow = hub.open(undefined);
  const quick = hub.open(undefined);
  let seen = 0;
  quick.on('data', (chunk: Buffer) => (seen += chunk.toString().split('event: message').length - 1));
  let told = 0;
  while (!slow.destroyed) {
    for (let i = 0; i < 500; i++, told++) for (const tell of messageListeners) tell(step(String(told)));
    await new Promise(setImmediate);
  }
  t.is(hub.listeners, 1);
  while (seen < told) await new Promise(setImmediate);
  t.false(quick.destroyed);
  hub.close();
});

test('nothing is subscribed to while nobody listens', async (t) => {
  const { feed, journal, stateListeners, messageListeners } = sources();
  const hub = createEventHub(feed, journal);
  t.is(stateListeners.size + messageListeners.size, 0);
  const stream = hub.open(undefined);
  t.is(stateListeners.size + messageListeners.size, 2);
  stream.destroy();
  await new Promise(setImmediate);
  t.is(stateListeners.size + messageListeners.size, 0);
});

test('a hub that is closed ends its streams, and later ones at once', async (t) => {
  const { feed, journal, stateListeners } = sources();
  const hub = createEventHub(feed, journal);
  const stream = hub.open(undefined);
  hub.close();
  t.true((await readAll(stream)).startsWith('retry: 1000'));
  t.is(await readAll(hub.open(undefined)), '');
  t.is(stateListeners.size, 0);
});
