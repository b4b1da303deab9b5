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

/** How often each event was told, by the number of its change or the id of its message. */
function toldIn(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => {
    const told = JSON.parse(data) as { readonly id?: number; readonly data_id?: string };
    return told.data_id ?? String(told.id);
  });
}

function lastIdIn(text: string): string {
  return text.match(/(?<=^id: ).*$/gm)?.at(-1) ?? '';
}

test('a change of state and a step of a message reach every listener, each with an id', async (t) => {
  const { feed, journal, stateListeners, messageListeners } = sources();
  const hub = createEventHub(feed, journal);
  const streams = [hub.open(undefined), hub.open(undefined)];
  for (const tell of stateListeners) tell(change(7));
  for (const tell of messageListeners) tell(step('a-message'));
  hub.close();
  for (const stream of streams) {
    const text = await readAll(stream);
    t.regex(text, /^id: [0-9a-z]+-7-0\nevent: state\ndata: \{"id":7,.*\}\n\n/m);
    t.regex(text, /^id: [0-9a-z]+-7-1\nevent: message\ndata: \{"data_id":"a-message",.*\}\n\n/m);
  }
});

test('who comes back with Last-Event-ID gets what it missed of both, once, then what is new', async (t) => {
  const kept = [change(1)];
  const { feed, journal, stateListeners, messageListeners } = sources(kept);
  const hub = createEventHub(feed, journal);
  const stays = hub.open(undefined);
  const leaves = hub.open(undefined);
  const happens = (id: number) => {
    kept.push(change(id));
    for (const tell of stateListeners) tell(change(id));
    for (const tell of messageListeners) tell(step(`message-${id}`));
  };
  happens(2);
  const heard = await readUntil(leaves, 'message-2');
  leaves.destroy();
  happens(3);
  const back = hub.open(lastIdIn(heard));
  happens(4);
  hub.close();
  t.deepEqual(toldIn(heard), ['2', 'message-2']);
  t.deepEqual(toldIn(await readAll(back)), ['3', 'message-3', '4', 'message-4']);
  t.deepEqual(toldIn(await readAll(stays)), ['2', 'message-2', '3', 'message-3', '4', 'message-4']);
});

test('what happens while the only listener is away is kept for it', async (t) => {
  const { feed, journal, messageListeners } = sources();
  const hub = createEventHub(feed, journal);
  const first = hub.open(undefined);
  const heard = await readUntil(first, 'id: ');
  first.destroy();
  await new Promise(setImmediate);
  for (const tell of messageListeners) tell(step('meanwhile'));
  const back = hub.open(lastIdIn(heard));
  hub.close();
  t.deepEqual(toldIn(await readAll(back)), ['meanwhile']);
});

test('a listener that breaks off while it catches up goes on where it was', async (t) => {
  const { feed, journal, messageListeners } = sources([change(1), change(2)]);
  const hub = createEventHub(feed, journal);
  const first = hub.open(undefined);
  for (const tell of messageListeners) tell(step('a-message'));
  for (const tell of messageListeners) tell(step('another'));
  const all = await readUntil(hub.open('another-0-0'), '"another"');
  const ids = all.match(/(?<=^id: )\S+(?=\nevent)/gm) ?? [];
  const expected = ['1', '2', 'a-message', 'another'];
  t.is(ids.length, expected.length);
  const streams = ids.map((id) => hub.open(id));
  hub.close();
  first.destroy();
  for (const [at, stream] of streams.entries())
    t.deepEqual(toldIn(await readAll(stream)), expected.slice(at + 1));
});

test('after an id of another process, or nonsense, all that is kept is news', async (t) => {
  for (const id of ['4711', 'zzz-9-9', 'x', '-1', '1'.repeat(40)]) {
    const { feed, journal } = sources([change(1), change(2)]);
    const hub = createEventHub(feed, journal);
    const stream = hub.open(id);
    hub.close();
    t.deepEqual(toldIn(await readAll(stream)), ['1', '2'], id);
  }
});

test('without an id only what is new is sent', async (t) => {
  const { feed, journal } = sources([change(1)]);
  const hub = createEventHub(feed, journal);
  const stream = hub.open(undefined);
  hub.close();
  t.deepEqual(toldIn(await readAll(stream)), []);
});

test('of the steps the newest are kept, so many that a listener can be told them at once', async (t) => {
  const { feed, journal, messageListeners } = sources();
  const hub = createEventHub(feed, journal);
  hub.open(undefined).resume();
  for (let at = 0; at < 20_000; at++) {
    for (const tell of messageListeners) tell(step(String(at)));
    if (at % 500 === 0) await new Promise(setImmediate);
  }
  const back = hub.open('another-0-0');
  hub.close();
  const text = await readAll(back);
  const told = toldIn(text);
  t.is(told.at(-1), '19999');
  t.true(told.length > 1_000 && text.length < 1024 * 1024, `${told.length} steps, ${text.length} bytes`);
});

test('a change that happened in the turn in which a listener came is not told twice', async (t) => {
  const kept: StateChange[] = [];
  const { feed, journal, stateListeners } = sources(kept);
  const hub = createEventHub(feed, journal);
  const early = hub.open(undefined);
  kept.push(change(1));
  for (const tell of stateListeners) tell(change(1));
  const late = hub.open('another-0-0');
  hub.close();
  t.deepEqual(toldIn(await readAll(early)), ['1']);
  t.deepEqual(toldIn(await readAll(late)), ['1']);
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

test('nothing is subscribed to while nobody listens, nor expected back', async (t) => {
  const { feed, journal, stateListeners, messageListeners } = sources();
  const hub = createEventHub(feed, journal, { lingerMs: 1 });
  t.is(stateListeners.size + messageListeners.size, 0);
  const stream = hub.open(undefined);
  t.is(stateListeners.size + messageListeners.size, 2);
  stream.destroy();
  while (stateListeners.size + messageListeners.size > 0) await new Promise(setImmediate);
  const back = hub.open(undefined);
  t.is(stateListeners.size + messageListeners.size, 2);
  hub.close();
  t.deepEqual(toldIn(await readAll(back)), []);
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
