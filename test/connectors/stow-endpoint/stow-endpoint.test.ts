/** A StowEndpoint on a real server: the status of the whole, and the result of each object (PS3.18, 10.5). */
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { stowEndpoint } from '../../../src/connectors/stow-endpoint/index.ts';
import { HealthosError, type ErrorCode } from '../../../src/errors.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { isClaimCheck, type Arrival, type Deliver } from '../../../src/messages/envelope.ts';
import { memoryStore, quiet } from '../../http/ingress-fixture.ts';
import { contextOf, receipt, start } from '../contract-world.ts';
import { fileOf, objectOf, secondaryCapture, studyElement } from '../dicom-objects.ts';
import { multipart } from '../stow-endpoint-harness.ts';

async function serve(t: ExecutionContext, deliver?: Deliver, maxBytes = 1_000_000) {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, log: quiet });
  const { url } = await server.listen();
  const memory = memoryStore();
  const { context, refused, accept } = contextOf(server.ingress, memory.store);
  const connector = stowEndpoint.create({ url: '/dicomweb', max_bytes: maxBytes }, context);
  const arrivals: Arrival[] = [];
  const session = await start(connector, (arrival) => {
    arrivals.push(arrival);
    return deliver?.(arrival) ?? Promise.resolve(receipt);
  });
  t.teardown(async () => {
    await session.end();
    await server.close();
  });
  const post = async (
    files: readonly Buffer[],
    more: { path?: string; headers?: Record<string, string>; body?: Buffer<ArrayBuffer> } = {},
  ) => {
    const { body, headers } = multipart(files);
    const answer = await fetch(`${url}${more.path ?? '/dicomweb/studies'}`, {
      method: 'POST',
      body: more.body ?? body,
      headers: { ...headers, ...more.headers },
    });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  return { url, arrivals, refused, objects: memory.objects, accept, post };
}

const file = (id: number, dataSet: string | Buffer = 'data') =>
  fileOf(objectOf(dataSet, { sopInstanceUid: `2.25.${id}` }));
const named = (id: number, more: object) => ({
  '00081150': { vr: 'UI', Value: [secondaryCapture] },
  '00081155': { vr: 'UI', Value: [`2.25.${id}`] },
  ...more,
});
const stored = (id: number) => named(id, { '00081190': { vr: 'UR' } });
const failed = (id: number, reason: number) => named(id, { '00081197': { vr: 'US', Value: [reason] } });
const sequence = (...items: object[]) => ({ vr: 'SQ', Value: items });

test('all are stored: 200, each its own message, byte for byte, in order', async (t) => {
  const { post, arrivals, objects } = await serve(t);
  const files = [file(1), file(2, Buffer.alloc(400_000, 2)), file(3)];
  const { status, type, text } = await post(files);
  t.is(status, 200);
  t.is(type, 'application/dicom+json');
  t.deepEqual(JSON.parse(text), {
    '00081190': { vr: 'UR' },
    '00081199': sequence(stored(1), stored(2), stored(3)),
  });
  const kept = arrivals.map(({ body }) => (isClaimCheck(body) ? objects.get(body.ref) : Buffer.from(body)));
  t.deepEqual(kept, files);
});

test('some are stored: 202, and each failure with its reason', async (t) => {
  const { post, arrivals } = await serve(t, undefined, 1_000);
  const { status, text } = await post([
    file(1),
    file(2, Buffer.alloc(2_000)),
    Buffer.from('no file'),
    file(4),
  ]);
  t.is(status, 202);
  t.deepEqual(JSON.parse(text), {
    '00081190': { vr: 'UR' },
    '00081198': sequence(failed(2, 0xa700)),
    '00081199': sequence(stored(1), stored(4)),
    '0008119A': sequence({ '00081197': { vr: 'US', Value: [0xc000] } }),
  });
  t.is(arrivals.length, 2);
});

test('with a study in the address, objects of another one are refused; none is left: 409', async (t) => {
  const { post } = await serve(t);
  const ours = file(1, studyElement('1.2.3'));
  t.is((await post([ours], { path: '/dicomweb/studies/1.2.3' })).status, 200);
  const { status, text } = await post([ours, file(2)], { path: '/dicomweb/studies/1.2.4' });
  t.is(status, 409);
  t.deepEqual(
    (JSON.parse(text) as Record<string, unknown>)['00081198'],
    sequence(failed(1, 0xa900), failed(2, 0xa900)),
  );
});

test('a file whose meta group does not say which object it is cannot be understood', async (t) => {
  const { post, arrivals } = await serve(t);
  const { status, text } = await post([Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]), file(2)]);
  t.is(status, 202);
  t.deepEqual((JSON.parse(text) as Record<string, unknown>)['0008119A'], {
    vr: 'SQ',
    Value: [{ '00081197': { vr: 'US', Value: [0xc000] } }],
  });
  t.is(arrivals.length, 1);
});

test('JSON or XML, whichever is preferred', async (t) => {
  const { post } = await serve(t);
  const typeFor = async (accept: string) => (await post([file(1)], { headers: { Accept: accept } })).type;
  t.is(await typeFor('*/*'), 'application/dicom+json');
  t.is(await typeFor('application/dicom+json;q=0.5, application/dicom+xml'), 'application/dicom+xml');
  t.is(await typeFor('application/dicom+xml;q=0.5, application/json'), 'application/dicom+json');
});

test('XML for whoever accepts that alone', async (t) => {
  const { post } = await serve(t);
  const { type, text } = await post([file(1)], { headers: { Accept: 'application/dicom+xml' } });
  t.is(type, 'application/dicom+xml');
  t.regex(
    text,
    /<DicomAttribute tag="00081155" vr="UI" keyword="ReferencedSOPInstanceUID"><Value number="1">2\.25\.1</,
  );
});

test('a body that is coded is undone first', async (t) => {
  const { post, arrivals } = await serve(t);
  const body = Buffer.from(gzipSync(multipart([file(1)]).body));
  t.is((await post([], { body, headers: { 'Content-Encoding': 'gzip' } })).status, 200);
  t.deepEqual(arrivals[0]?.body, file(1));
});

const refusals: readonly (readonly [string, number, ErrorCode, object])[] = [
  ['another media type', 415, 'request/media-type', { headers: { 'Content-Type': 'application/json' } }],
  [
    'metadata and bulk data apart',
    415,
    'request/media-type',
    { headers: { 'Content-Type': 'multipart/related; type="application/dicom+json"; boundary=limit' } },
  ],
  [
    'no boundary',
    400,
    'request/malformed',
    { headers: { 'Content-Type': 'multipart/related; type="application/dicom"' } },
  ],
  ['no part', 400, 'request/empty-body', { body: Buffer.from('\r\n--limit--\r\n') }],
  ['a body that breaks off', 400, 'request/malformed', { body: Buffer.from('--limit\r\n\r\nhal') }],
  ['an unknown coding', 415, 'request/content-coding', { headers: { 'Content-Encoding': 'zip' } }],
  ['an address that is no study', 404, 'request/not-found', { path: '/dicomweb/studies/one' }],
  ['an address below a study', 404, 'request/not-found', { path: '/dicomweb/studies/1.2.3/series' }],
  [
    'nothing but what is too large',
    413,
    'request/too-large',
    { body: multipart([file(1, Buffer.alloc(1_000_000))]).body },
  ],
];

for (const [what, status, code, request] of refusals) {
  test(`${what}: ${status}, a problem document, and nothing is stored`, async (t) => {
    const { post, arrivals, refused } = await serve(t);
    const answer = await post([file(1)], request);
    t.is(answer.status, status);
    t.is(answer.type, 'application/problem+json');
    t.is((JSON.parse(answer.text) as { code: string }).code, code);
    t.is(arrivals.length, 0);
    t.deepEqual(refused, [code]);
  });
}

test('while it is paused, and when nothing can be stored: 503', async (t) => {
  const { post, accept } = await serve(t, () => Promise.reject(new HealthosError('bus/full', 'No room.')));
  t.is((await post([file(1), file(2)])).status, 503);
  accept(false);
  const { status, text } = await post([file(1)]);
  t.is(status, 503);
  t.regex(text, /connector\/not-consuming/);
});

test('another method is not allowed, other addresses are not there', async (t) => {
  const { url } = await serve(t);
  const answer = await fetch(`${url}/dicomweb/studies`);
  t.is(answer.status, 405);
  t.is(answer.headers.get('allow'), 'POST');
  t.is((await fetch(`${url}/dicomweb/series`)).status, 404);
});
