import test from 'ava';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

async function newFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'healthos-audit-')), 'audit.jsonl');
}

test('an entry is in the file, a line of JSON, when record resolves', async (t) => {
  const file = await newFile();
  const audit = await openAudit(file);
  t.true(await audit.record(entry(1)));
  t.deepEqual(JSON.parse(await readFile(file, 'utf8')), entry(1));
  await audit.close();
});

test('the file is for its owner alone', async (t) => {
  const file = await newFile();
  await (await openAudit(file)).close();
  t.is((await stat(file)).mode & 0o777, 0o600);
});

test('a list is newest first, and pages through to the beginning', async (t) => {
  const audit = await openAudit(await newFile());
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
  const audit = await openAudit(file);
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
  const first = await openAudit(file);
  t.deepEqual(await first.list({ limit: 10 }), { items: [], next: null });
  await first.record(entry(1));
  await first.close();
  const second = await openAudit(file);
  await second.record(entry(2));
  const { items } = await second.list({ limit: 10 });
  t.deepEqual(items, [entry(2), entry(1)]);
  await second.close();
});

test('a line torn by a kill is left out, and the next entry stands on its own line', async (t) => {
  const file = await newFile();
  const first = await openAudit(file);
  await first.record(entry(1));
  await first.close();
  await appendFile(file, '{"at":"20');
  const second = await openAudit(file);
  await second.record(entry(2));
  t.deepEqual((await second.list({ limit: 10 })).items, [entry(2), entry(1)]);
  await second.close();
});

test('a cursor that is not ours is refused', async (t) => {
  const audit = await openAudit(await newFile());
  await audit.record(entry(1));
  for (const cursor of ['', '-1', '1e3', '99999999', 'x']) {
    await t.throwsAsync(audit.list({ limit: 1, cursor }), { instanceOf: RangeError }, cursor);
  }
  await audit.close();
});

/** A limit on the size of files is the full disk that a test can have without a file system of its own. */
test('on a full disk an entry is answered false, nothing is thrown, and the file keeps whole lines', async (t) => {
  const file = await newFile();
  const script = `
    process.on('SIGXFSZ', () => {});
    const { openAudit } = await import(${JSON.stringify(new URL('../../src/store/audit.ts', import.meta.url).href)});
    const audit = await openAudit(${JSON.stringify(file)});
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
