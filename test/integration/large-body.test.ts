/** 300 MB in one request: refused or stored, and in neither case held in memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import test from 'ava';
import { type GatewayProcess, startGateway, temporaryFolder } from '../running-gateway.ts';

const MIB = 1024 * 1024;
const SIZE = 300 * MIB;
/** More than this on top of what it had is not flat. */
const MOST_GROWTH = 120 * MIB;

/** The most memory that the process ever held (proc(5), VmHWM). */
function peakMemory(gateway: GatewayProcess): number {
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** DICOM (PS3.10, 7.1): a preamble and a prefix, then nothing that can be read. */
function* dicom(size: number): Generator<Buffer> {
  const head = Buffer.alloc(MIB);
  head.write('DICM', 128);
  yield head;
  const chunk = Buffer.alloc(MIB, 0x20);
  for (let sent = MIB; sent < size; sent += MIB) yield chunk;
}

/** Sends a body in chunks, without saying how long it will be, for as long as it is taken. */
async function stream(url: string, chunks: Iterable<Buffer>, headers: Readonly<Record<string, string>>) {
  const sent = request(`${url}/ingress`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/dicom', ...headers },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  // After an early answer the connection may break: the answer is what counts.
  sent.on('error', () => undefined);
  const over = answered.then(() => true);
  for (const chunk of chunks) {
    if (sent.destroyed) break;
    if (!sent.write(chunk) && (await Promise.race([once(sent, 'drain').then(() => false), over]))) break;
  }
  sent.end();
  const answer = await answered;
  let text = '';
  for await (const part of answer) text += String(part);
  const body = JSON.parse(text) as { code?: string; status?: unknown; data_id?: string };
  return { status: answer.statusCode, body };
}

async function sizeOf(answer: Response): Promise<number> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = answer.body?.getReader();
  let size = 0;
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read())
    size += part.value.byteLength;
  return size;
}

test('300 MB above the limit are refused with 413 in flat memory', async (t) => {
  const gateway = await startGateway(t, { data: join(temporaryFolder(t), 'data') });
  const before = peakMemory(gateway);
  const { status, body } = await stream(gateway.url, dicom(SIZE), {});
  t.is(status, 413);
  t.is(body.code, 'request/too-large');
  t.true(peakMemory(gateway) - before < MOST_GROWTH, `grew by ${(peakMemory(gateway) - before) / MIB} MiB`);
  t.true(await gateway.isReady());
});

test('300 MB within the limit are stored, judged and given back, in flat memory', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'large.yaml');
  writeFileSync(
    file,
    `connectors:
  - type: inbound
    id: large
    name: Large bodies
    config: { type: RestEndpoint, url: /ingress, http_method: post, max_bytes: ${400 * MIB} }
`,
  );
  const gateway = await startGateway(t, { data: join(folder, 'data'), file });
  const before = peakMemory(gateway);
  const { status, body } = await stream(gateway.url, dicom(SIZE), {});
  t.is(status, 202);
  await gateway.settled();
  const journey = await gateway.get<{ bytes: number; state: string }>(
    `/admin/messages/${body.data_id ?? ''}`,
  );
  t.is(journey.bytes, SIZE);
  t.is(journey.state, 'invalid');
  const answer = await fetch(`${gateway.url}/admin/messages/${body.data_id ?? ''}/body`);
  t.is(await sizeOf(answer), SIZE);
  t.true(peakMemory(gateway) - before < MOST_GROWTH, `grew by ${(peakMemory(gateway) - before) / MIB} MiB`);
});
