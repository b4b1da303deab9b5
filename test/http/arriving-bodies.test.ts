/** Bodies that are still arriving when their connector stops or the server closes. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { FileObjects } from '../../src/bus/embedded/file-objects.ts';
import type { ObjectStore } from '../../src/bus/message-bus.ts';
import { validateRoute } from '../../src/http/validate.ts';
import { adt, isRawProblem, parseAnswer, quiet, request, startIngress } from './ingress-fixture.ts';
import type { Fixture, FixtureOptions, RawAnswer } from './ingress-fixture.ts';
import { createHttpServer } from '../../src/http/server.ts';

/** No closing in these tests may come from it. */
const limits = { drainMs: 600_000 };
const packed = gzipSync(adt.repeat(100));

const bodies: readonly (readonly [name: string, headers: Record<string, string>, first: string | Buffer])[] =
  [
    ['nothing', { 'Content-Length': String(adt.length) }, ''],
    ['a part', { 'Content-Length': String(adt.length) }, adt.slice(0, 20)],
    ['a part of many bytes', { 'Content-Length': '1000000' }, adt],
    ['a chunk', { 'Transfer-Encoding': 'chunked' }, '3\r\nMSH\r\n'],
    [
      'a part of a coded body',
      { 'Content-Length': String(packed.length), 'Content-Encoding': 'gzip' },
      packed.subarray(0, 30),
    ],
  ];

for (const [name, headers, first] of bodies) {
  test(`Of a body ${name} had arrived when its connector stopped: the answer is 503, at once`, async (t) => {
    const { fixture, begun } = await ingress(t);
    const client = send(t, fixture.port, request(headers), first);
    await begun;
    await fixture.stop();
    refused(t, await client.answered);
    t.deepEqual(fixture.refused, ['connector/not-consuming']);
    t.deepEqual(fixture.arrivals, []);
    await fixture.server.close();
  });
}

for (const coding of ['identity', 'gzip']) {
  test(`A large body (${coding}) that was going into the object store leaves nothing there`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'healthos-arriving-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const { objects, half, whole } = spilling(folder);
    const fixture = await startIngress(t, { server: { limits }, objects });
    const plain = Buffer.alloc(900_000, adt);
    const headers = { 'Transfer-Encoding': 'chunked', 'Content-Encoding': coding };
    const client = send(
      t,
      fixture.port,
      request(headers),
      chunk(coding === 'gzip' ? unfinished(plain) : plain),
    );
    await half;
    t.is((await readdir(folder)).length, 1);
    await fixture.stop();
    refused(t, await client.answered);
    await t.throwsAsync(whole, { code: 'connector/not-consuming' });
    t.deepEqual(await readdir(folder), []);
    t.deepEqual(fixture.refused, ['connector/not-consuming']);
    await fixture.server.close();
  });
}

test('A client that goes on sending after its answer does not hold up the closing', async (t) => {
  const { fixture, begun } = await ingress(t);
  const client = send(t, fixture.port, request({ 'Content-Length': '1000000' }), adt);
  await begun;
  await fixture.stop();
  refused(t, await client.answered);
  client.socket.write(adt);
  await fixture.server.close();
  t.deepEqual(fixture.arrivals, []);
});

test('A server that closes refuses what arrives for none of its connectors, too', async (t) => {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet, limits });
  const begun = Promise.withResolvers<undefined>();
  server.use(async (_context, next) => {
    const reading = next();
    begun.resolve(undefined);
    await reading;
  });
  server.use(validateRoute({ validate: () => Promise.reject(new Error('nothing is whole')) }));
  const port = Number(new URL((await server.listen()).url).port);
  const client = send(t, port, request({ 'Content-Length': '100' }, '', 'POST /validate'), adt.slice(0, 9));
  await begun.promise;
  const closing = server.close();
  const answer = await client.answered;
  isRawProblem(t, answer, 503, 'bus/closed');
  t.is(answer.headers.get('connection'), 'close');
  await closing;
});

/** A connector, and when the first request was let in by it. */
async function ingress(
  t: ExecutionContext,
  options: FixtureOptions = {},
): Promise<{ fixture: Fixture; begun: Promise<undefined> }> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const accepting = () => {
    resolve(undefined);
    return true;
  };
  const fixture = await startIngress(t, { server: { limits }, context: { accepting }, ...options });
  return { fixture, begun: promise };
}

function refused(t: ExecutionContext, answer: RawAnswer): void {
  isRawProblem(t, answer, 503, 'connector/not-consuming');
  t.is(answer.headers.get('retry-after'), '5');
  t.is(answer.headers.get('connection'), 'close');
}

/** Writes the beginning of a request, and leaves the connection open. */
function send(
  t: ExecutionContext,
  port: number,
  ...parts: (string | Uint8Array)[]
): { socket: net.Socket; answered: Promise<RawAnswer> } {
  const socket = net.connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  for (const part of parts) socket.write(part);
  const answered = new Promise<RawAnswer>((resolve, reject) => {
    let all = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`no answer: ${all}`)));
    socket.on('data', (data: Buffer) => {
      all += data.toString('latin1');
      const answer = parseAnswer(all);
      if (Number(answer.headers.get('content-length')) === answer.body.length) resolve(answer);
    });
  });
  answered.catch(() => undefined);
  return { socket, answered };
}

/** A folder of objects; `half` resolves when so much has gone into it that the rest had to be waited for. */
function spilling(folder: string): { objects: ObjectStore; half: Promise<unknown>; whole: Promise<unknown> } {
  const files = new FileObjects(folder, () => undefined);
  const half = Promise.withResolvers<undefined>();
  const whole = Promise.withResolvers<unknown>();
  whole.promise.catch(() => undefined);
  async function* watched(source: AsyncIterable<Uint8Array>) {
    let size = 0;
    for await (const part of source) {
      size += part.byteLength;
      if (size > 600_000) half.resolve(undefined);
      yield part;
    }
  }
  const objects: ObjectStore = {
    put: (source) => {
      const put = files.put(watched(source));
      whole.resolve(put);
      return put;
    },
    get: (ref) => files.get(ref),
  };
  return { objects, half: half.promise, whole: whole.promise };
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Coded as gzip, without the end. */
function unfinished(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: 0 }).subarray(0, -1000);
}
