import test from 'ava';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openAudit, type AuditEntry } from '../../src/store/audit.ts';

function entry(id: number): AuditEntry {
  return {
    at: new Date(1_700_000_000_000 + id).toISOString(),
    who: 'ops',
    role: 'operator',
    what: 'connector.stop',
    target: `connector-${id}`,
    from: '127.0.0.1',
    result: 'done',
    status: 200,
    code: null,
    detail: null,
    request_id: String(id),
  };
}

const roomy = { max_bytes: 1e9, files: 10 };

async function newFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'healthos-audit-')), 'audit.jsonl');
}

test('an entry is in the file, a line of JSON, when record resolves', async (t) => {
  const file = await newFile();
  const audit = await openAudit(file, roomy);
  t.true(await audit.record(entry(1)));
  t.deepEqual(JSON.parse(await readFile(file, 'utf8')), entry(1));
  await audit.close();
});

test('the file is for its owner alone', async (t) => {
  const file = await newFile();
  await (await openAudit(file, roomy)).close();
  t.is((await stat(file)).mode & 0o777, 0o600);
});

test('a list is newest first, and pages through to the beginning', async (t) => {
  const audit = await openAudit(await newFile(), roomy);
  for (let i = 0; i < 5; i++) await audit.record(entry(i));
  const targets: (string | null)[][] = [];
  let cursor: string | undefined;
  do {
    const page = await audit.list({ limit: 2, cursor });
    targets.push(page.items.map((item) => item.target));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  t.deepEqual(targets, [['connector-4', 'connector-3'], ['connector-2', 'connector-1'], ['connector-0']]);
  await audit.close();
});

test('entries that come at once are all kept, in order, over many blocks of the file', async (t) => {
  const file = await newFile();
  const audit = await openAudit(file, roomy);
  const written = await Promise.all(Array.from({ length: 1000 }, (_, i) => audit.record(entry(i))));
  t.true(written.every(Boolean));
  const { items, next } = await audit.list({ limit: 1000 });
  t.is(next, null);
  t.deepEqual(
    items.map((item) => item.request_id),
    Array.from({ length: 1000 }, (_, i) => String(999 - i)),
  );
  t.true((await stat(file)).size > 128 * 1024);
  await audit.close();
});

test('the log survives a new start, and an empty one has no entries', async (t) => {
  const file = await newFile();
  const first = await openAudit(file, roomy);
  t.deepEqual(await first.list({ limit: 10 }), { items: [], next: null });
  await first.record(entry(1));
  await first.close();
  const second = await openAudit(file, roomy);
  await second.record(entry(2));
  const { items } = await second.list({ limit: 10 });
  t.deepEqual(items, [entry(2), entry(1)]);
  await second.close();
});

test('a line torn by a kill is left out, and the next entry stands on its own line', async (t) => {
  const file = await newFile();
  const first = await openAudit(file, roomy);
  await first.record(entry(1));
  await first.close();
  await appendFile(file, '{"at":"20');
  const second = await openAudit(file, roomy);
  await second.record(entry(2));
  t.deepEqual((await second.list({ limit: 10 })).items, [entry(2), entry(1)]);
  await second.close();
});

test('a cursor that is not ours is refused', async (t) => {
  const audit = await openAudit(await newFile(), roomy);
  await audit.record(entry(1));
  for (const cursor of ['', '-1', '1e3', '99999999', 'x', '1-end', '0-0', '0-x', '../x-1']) {
    await t.throwsAsync(audit.list({ limit: 1, cursor }), { instanceOf: RangeError }, cursor);
  }
  await audit.close();
});

/** Files of three entries, of which two are kept. */
const tight = { max_bytes: 3 * (JSON.stringify(entry(10)).length + 1), files: 2 };

test('a file that is full is followed by another, and the oldest goes when there are too many', async (t) => {
  const file = await newFile();
  const audit = await openAudit(file, tight);
  for (let id = 10; id < 20; id++) t.true(await audit.record(entry(id)));
  await audit.close();
  t.deepEqual((await readdir(dirname(file))).sort(), ['audit-2.jsonl', 'audit-3.jsonl']);
  t.is((await stat(join(dirname(file), 'audit-3.jsonl'))).mode & 0o777, 0o600);
  const again = await openAudit(file, tight);
  await again.record(entry(20));
  const { items, next } = await again.list({ limit: 100 });
  t.deepEqual(
    items.map(({ request_id }) => request_id),
    ['20', '19', '18', '17', '16'],
  );
  t.is(next, null);
  await again.close();
});

test('pages go on through the files, also where another one was begun or the oldest went meanwhile', async (t) => {
  const file = await newFile();
  const audit = await openAudit(file, { ...tight, files: 5 });
  const pageOf = async (cursor: string | undefined) => {
    const { items, next } = await audit.list({ limit: 2, cursor });
    return { ids: items.map(({ request_id }) => request_id), next: next ?? undefined };
  };
  for (let id = 10; id < 19; id++) await audit.record(entry(id));
  const first = await pageOf(undefined);
  t.deepEqual(first.ids, ['18', '17']);
  for (let id = 19; id < 24; id++) await audit.record(entry(id));
  const second = await pageOf(first.next);
  t.deepEqual(second.ids, ['16', '15']);
  t.deepEqual((await pageOf(second.next)).ids, ['14', '13']);
  for (let id = 24; id < 40; id++) await audit.record(entry(id));
  t.deepEqual(await pageOf(second.next), { ids: [], next: undefined });
  await audit.close();
});

test('fewer files than before: what is beyond goes at the next start', async (t) => {
  const file = await newFile();
  const many = await openAudit(file, { ...tight, files: 9 });
  for (let id = 10; id < 20; id++) await many.record(entry(id));
  await many.close();
  await (await openAudit(file, { ...tight, files: 1 })).close();
  t.deepEqual(await readdir(dirname(file)), ['audit-3.jsonl']);
});

test('entries that come at once over the end of a file are all kept, in order', async (t) => {
  const audit = await openAudit(await newFile(), { max_bytes: 1000, files: 1000 });
  const written = await Promise.all(Array.from({ length: 300 }, (_, id) => audit.record(entry(id))));
  t.true(written.every(Boolean));
  t.deepEqual(
    (await audit.list({ limit: 1000 })).items.map(({ request_id }) => request_id),
    Array.from({ length: 300 }, (_, at) => String(299 - at)),
  );
  await audit.close();
});

/** A limit on the size of files is the full disk that a test can have without a file system of its own. */
test('on a full disk an entry is answered false, nothing is thrown, and the file keeps whole lines', async (t) => {
  const file = await newFile();
  const script = `
    process.on('SIGXFSZ', () => {});
    const { openAudit } = await import(${JSON.stringify(new URL('../../src/store/audit.ts', import.meta.url).href)});
    const audit = await openAudit(${JSON.stringify(file)}, { max_bytes: 1e6, files: 2 });
    const entry = { what: 'connector.stop', target: 'x'.repeat(300) };
    const written = [];
    for (let i = 0; i < 6; i++) written.push(await audit.record(entry));
    const { items } = await audit.list({ limit: 10 });
    await audit.close();
    process.stdout.write(JSON.stringify({ written, listed: items.length }));
  `;
  const child = spawn('sh', [
    '-c',
    'ulimit -f 2; exec "$0" --input-type=module -e "$1"',
    process.execPath,
    script,
  ]);
  child.stderr.on('data', (chunk) => t.log(String(chunk)));
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  t.is(code, 0);
  const { written, listed } = JSON.parse(output) as { written: boolean[]; listed: number };
  t.true(written[0]);
  t.false(written.at(-1));
  t.is(listed, written.filter(Boolean).length);
  t.true((await readFile(file, 'utf8')).endsWith('}\n'));
});
