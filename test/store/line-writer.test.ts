import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LineWriter } from '../../src/store/line-writer.ts';
import { folderFor } from './traffic.ts';

const leftOut = (lines: number) => `left out ${lines}\n`;

/** Both ends of a named pipe that never blocks. */
function pipe(t: ExecutionContext): { readonly reader: number; readonly writer: number } {
  const path = join(folderFor(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(writer));
  return { reader, writer };
}

function drain(reader: number): string {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  try {
    for (;;) {
      const read = readSync(reader, buffer);
      if (read === 0) break;
      chunks.push(Buffer.from(buffer.subarray(0, read)));
    }
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN')) throw thrown;
  }
  return Buffer.concat(chunks).toString();
}

test('lines are written in the order in which they came', async (t) => {
  const path = join(folderFor(t), 'log');
  const fd = openSync(path, 'w');
  const writer = new LineWriter(fd, leftOut);
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ${'é'.repeat(i % 60)}\n`);
  for (const line of lines) writer.add(line);
  await writer.close();
  closeSync(fd);
  t.is(readFileSync(path, 'utf8'), lines.join(''));
});

test('a reader who is slow gets every line that fits, whole, and the number of those left out', async (t) => {
  const { reader, writer: fd } = pipe(t);
  const writer = new LineWriter(fd, leftOut);
  const line = `${'x'.repeat(99)}\n`;
  for (let i = 0; i < 20_000; i++) writer.add(line);
  writer.flush();
  const first = drain(reader);
  t.true(first.length < 1024 * 1024);
  writer.flush();
  let rest = drain(reader);
  for (let more = '-'; more !== ''; rest += more) {
    writer.flush();
    more = drain(reader);
  }
  writer.add(line);
  await writer.close();
  const lines = (first + rest + drain(reader)).trimEnd().split('\n');
  const counted = lines.map((each) => Number(/^left out (\d+)$/.exec(each)?.[1] ?? 0));
  t.is(lines.filter((each) => each === line.trimEnd()).length + counted.reduce((a, b) => a + b), 20_001);
  t.is(counted.filter((count) => count > 0).length, 1);
  closeSync(reader);
});

test('a reader who has gone is no fault', async (t) => {
  const { reader, writer: fd } = pipe(t);
  closeSync(reader);
  const writer = new LineWriter(fd, leftOut);
  writer.add('nobody reads this\n');
  t.notThrows(() => writer.flush());
  await t.notThrowsAsync(writer.close());
});
