import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { openEmbeddedBus } from '../../src/bus/embedded-bus.ts';
import { openDataFolder } from '../../src/bus/data-folder.ts';
import type { MessageBus } from '../../src/bus/message-bus.ts';
import type { LoggingOptions } from '../../src/logging.ts';
import { newDataId } from '../../src/messages/identity.ts';
import type { Journey, MessageEvent } from '../../src/store/journal.ts';
import { createJournal, openJournal, type SupervisedJournal } from '../../src/store/open-journal.ts';
import { header } from '../../src/messages/envelope.ts';
import { folderFor, issue } from './traffic.ts';

interface Bench {
  readonly bus: MessageBus;
  readonly file: string;
  readonly log: string;
  readonly open: (logging?: Partial<LoggingOptions>) => Promise<SupervisedJournal>;
  readonly create: () => SupervisedJournal;
}

async function bench(t: ExecutionContext): Promise<Bench> {
  const folder = await openDataFolder(join(folderFor(t), 'data'));
  const bus = await openEmbeddedBus({
    folder,
    publishTimeoutMs: 30_000,
    duplicateWindowMs: 60_000,
    retention: { maxAgeMs: 3_600_000, maxBytes: 1e9 },
  });
  const log = join(folder.path, 'log');
  const logFd = openSync(log, 'a');
  const ends: SupervisedJournal[] = [];
  t.teardown(async () => {
    for (const journal of ends) await journal.close();
    await bus.close();
    folder.close();
    closeSync(logFd);
  });
  const optionsFor = (logging: Partial<LoggingOptions> = {}) => ({
    file: folder.journal,
    ticket: () => bus.share(),
    logging: { level: 'info', format: 'json', ...logging } as const,
    logFd,
  });
  const keep = (journal: SupervisedJournal) => {
    ends.push(journal);
    return journal;
  };
  return {
    bus,
    file: folder.journal,
    log,
    open: async (logging) => keep(await openJournal(optionsFor(logging))),
    create: () => keep(createJournal(optionsFor())),
  };
}

async function receive(bus: MessageBus, more: Record<string, string> = {}): Promise<string> {
  const dataId = newDataId();
  const headers = {
    [header.dataId]: dataId,
    [header.connector]: 'rest',
    [header.format]: 'x12',
    [header.receivedAt]: new Date().toISOString(),
    ...more,
  };
  await bus.publish({ subject: 'lfh.healthos.ingress', headers, body: Buffer.from('ISA*00*') });
  return dataId;
}

async function judge(bus: MessageBus, dataId: string, valid = true): Promise<void> {
  const issues = valid
    ? {}
    : { [header.issues]: JSON.stringify([issue('x12/count')]), [header.issuesTotal]: '1' };
  const subject = valid ? 'lfh.healthos.validated.x12' : 'lfh.healthos.ingress.errors';
  const headers = { [header.dataId]: dataId, [header.format]: 'x12', [header.type]: '837', ...issues };
  await bus.publish({ subject, headers, body: Buffer.from('ISA*00*') });
}

/** Resolves when the journal has applied all that the bus holds. */
async function caughtUp(journal: SupervisedJournal, bus: MessageBus): Promise<void> {
  const { lastSeq } = await bus.status();
  while ((await journal.status()).position < lastSeq) await setImmediate();
}

async function everything(journal: SupervisedJournal): Promise<(Journey | undefined)[]> {
  const { items } = await journal.search({ limit: 1000 });
  return Promise.all(items.map(({ data_id }) => journal.journey(data_id)));
}

async function someTraffic(bus: MessageBus): Promise<string[]> {
  const dataIds: string[] = [];
  for (let n = 0; n < 40; n++)
    dataIds.push(await receive(bus, n % 9 === 8 ? { [header.parentId]: dataIds[0] ?? '' } : {}));
  for (const [n, dataId] of dataIds.entries()) if (n % 4 !== 3) await judge(bus, dataId, n % 3 !== 0);
  return dataIds;
}

test('a verdict is told to those who wait for it, at once where it is there already', async (t) => {
  const { bus, open } = await bench(t);
  const journal = await open();
  const dataId = await receive(bus);
  const waiting = [journal.verdict(dataId, 60_000), journal.verdict(dataId, 60_000)];
  await judge(bus, dataId, false);
  for (const journey of await Promise.all(waiting)) {
    t.is(journey?.state, 'invalid');
    t.is(journey?.issues[0]?.rule, 'x12/count');
  }
  t.deepEqual(await journal.verdict(dataId, 60_000), await journal.journey(dataId));
});

test('who waits longer than the limit hears nothing', async (t) => {
  const { bus, open } = await bench(t);
  const journal = await open();
  t.is(await journal.verdict(await receive(bus), 1), undefined);
});

test('listeners hear every step from then on, and none of before', async (t) => {
  const { bus, open } = await bench(t);
  const old = await receive(bus);
  const journal = await open();
  await caughtUp(journal, bus);
  const events: MessageEvent[] = [];
  const { promise: heard, resolve } = Promise.withResolvers<undefined>();
  const end = journal.subscribe((event) => {
    events.push(event);
    if (event.step === 'valid') resolve(undefined);
  });
  const dataId = await receive(bus);
  await judge(bus, dataId);
  await heard;
  end();
  t.false(events.some(({ data_id }) => data_id === old));
  t.deepEqual(
    events.map(({ data_id, step, connector, type }) => [data_id, step, connector, type]),
    [
      [dataId, 'received', 'rest', null],
      [dataId, 'stored', 'rest', null],
      [dataId, 'valid', 'rest', '837'],
    ],
  );
});

test('a journal that was deleted is the same after it was rebuilt', async (t) => {
  const { bus, file, open } = await bench(t);
  await someTraffic(bus);
  const first = await open();
  await caughtUp(first, bus);
  const before = { journeys: await everything(first), counts: await first.counts() };
  await first.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const second = await open();
  await caughtUp(second, bus);
  t.is(before.journeys.length, 40);
  t.deepEqual({ journeys: await everything(second), counts: await second.counts() }, before);
});

const unusable: Readonly<Record<string, (file: string) => void>> = {
  'that is no database': (file) =>
    writeFileSync(file, 'this is no database, however long it may be'.repeat(500)),
  'that is empty': (file) => writeFileSync(file, ''),
  'of another application': (file) => new DatabaseSync(file).exec('CREATE TABLE patient (name TEXT)'),
  'of another version': (file) => new DatabaseSync(file).exec('PRAGMA user_version = 999'),
  'of another bus': (file) => new DatabaseSync(file).exec('UPDATE position SET seq = 1000000'),
  'whose position holds another message': (file) =>
    new DatabaseSync(file).exec('UPDATE position SET stored_at = 5'),
};

for (const [kind, spoil] of Object.entries(unusable)) {
  test(`a file ${kind} is replaced and filled from the bus`, async (t) => {
    const { bus, file, open } = await bench(t);
    const dataIds = await someTraffic(bus);
    const first = await open();
    await caughtUp(first, bus);
    await first.close();
    if (!kind.startsWith('of another v') && !kind.startsWith('of another b') && !kind.startsWith('whose'))
      rmSync(file);
    spoil(file);
    const second = await open();
    await caughtUp(second, bus);
    t.is((await second.counts()).total, dataIds.length);
  });
}

/** Overwrites every page but the two that are read when the file is opened. */
function damage(file: string): void {
  const database = new DatabaseSync(file);
  const row = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'position'").get();
  database.close();
  const bytes = readFileSync(file);
  for (let page = 2; page <= bytes.length / 4096; page++)
    if (page !== row?.['rootpage']) bytes.fill(0xff, (page - 1) * 4096, page * 4096);
  writeFileSync(file, bytes);
}

test('damage that shows only in use ends the thread, and the next one fills a new file', async (t) => {
  const { bus, file, create } = await bench(t);
  const journal = create();
  const thread = await journal.start();
  const dataIds = await someTraffic(bus);
  await caughtUp(journal, bus);
  await thread.stop();
  damage(file);
  const second = await journal.start();
  await t.throwsAsync(journal.search({}), { code: 'journal/unavailable' });
  await receive(bus);
  await second.exited;
  await journal.start();
  await caughtUp(journal, bus);
  t.is((await journal.counts()).total, dataIds.length + 1);
});

test('when its thread ends, what was asked is refused, and the same journal answers again after a start', async (t) => {
  const { bus, create } = await bench(t);
  const journal = create();
  await t.throwsAsync(journal.counts(), { code: 'journal/unavailable' });
  await t.throwsAsync(journal.verdict(newDataId(), 10), { code: 'journal/unavailable' });
  const thread = await journal.start();
  const events: MessageEvent[] = [];
  const heard = Promise.withResolvers<undefined>();
  journal.subscribe((event) => {
    events.push(event);
    heard.resolve(undefined);
  });
  const waiting = journal.verdict(await receive(bus), 60_000);
  const refused = t.throwsAsync(waiting, { code: 'journal/unavailable' });
  await caughtUp(journal, bus);
  await thread.stop();
  t.is((await thread.exited).reason.code, 'journal/ended');
  await refused;
  await t.throwsAsync(journal.counts(), { code: 'journal/unavailable' });
  await (
    await journal.start()
  ).caughtUp;
  const dataId = await receive(bus);
  await caughtUp(journal, bus);
  await heard.promise;
  t.is((await journal.journey(dataId))?.state, 'received');
  t.is((await journal.counts()).total, 2);
});

const linesOf = (log: string) =>
  readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('one line tells what became of a message, and no restart or rebuild tells it again', async (t) => {
  const { bus, file, log, create } = await bench(t);
  const early = await receive(bus);
  await judge(bus, early);
  const journal = create();
  const thread = await journal.start();
  const dataId = await receive(bus);
  await judge(bus, dataId, false);
  await caughtUp(journal, bus);
  await thread.stop();
  rmSync(file);
  await journal.start();
  const other = await receive(bus);
  await judge(bus, other);
  await caughtUp(journal, bus);
  await journal.close();
  const lines = linesOf(log);
  t.deepEqual(
    lines.map(({ msg, data_id }) => [msg, data_id]),
    [
      ['message.invalid', dataId],
      ['message.valid', other],
    ],
  );
  t.like(lines[0], {
    name: 'healthos',
    level: 30,
    connector: 'rest',
    format: 'x12',
    type: '837',
    bytes: 7,
    issues: 1,
    v: 0,
  });
  t.is(typeof lines[0]?.['ms'], 'number');
  t.is(lines[0]?.['pid'], process.pid);
});

test('at debug every step has its line; for people at a terminal the line is short', async (t) => {
  const { bus, log, open } = await bench(t);
  const journal = await open({ level: 'debug', format: 'pretty' });
  await judge(bus, await receive(bus));
  await caughtUp(journal, bus);
  await journal.close();
  const words = readFileSync(log, 'utf8').match(/message\.\w+/g);
  t.deepEqual(words, ['message.received', 'message.stored', 'message.valid']);
});

test('the totals count what became of messages since the start, by labels', async (t) => {
  const { bus, open } = await bench(t);
  await judge(bus, await receive(bus));
  const journal = await open();
  await judge(bus, await receive(bus), false);
  await judge(bus, await receive(bus), true);
  await judge(bus, await receive(bus), true);
  await caughtUp(journal, bus);
  const { messages, issues, validationSeconds } = await journal.totals();
  t.deepEqual(messages, [
    { connector: 'rest', format: 'x12', outcome: 'invalid', count: 1 },
    { connector: 'rest', format: 'x12', outcome: 'valid', count: 2 },
  ]);
  t.deepEqual(issues, [{ format: 'x12', rule: 'x12/count', count: 1 }]);
  t.is(validationSeconds.count, 3);
  t.is(validationSeconds.counts.length, validationSeconds.le.length);
});
