/** How the body of a request is read: what becomes the message. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { CLAIM_CHECK_BYTES, isClaimCheck } from '../../src/messages/envelope.ts';
import { adt, post, raw, received, request, startIngress } from './ingress-fixture.ts';

const json = { 'Content-Type': 'application/json' };
const patient = '{"resourceType":"Patient","active":true}';

test('A message is answered 202 with its id, its canonical type and its place', async (t) => {
  const fixture = await startIngress(t);
  const response = await post(fixture, adt, { 'Content-Type': 'text/plain; charset=utf-8' });
  t.is(response.status, 202);
  const { data_id, ...rest } = (await response.json()) as Record<string, unknown>;
  t.deepEqual(rest, { status: 'received', content_type: 'application/hl7-v2', format: 'hl7v2' });
  t.is(response.headers.get('location'), `/admin/messages/${String(data_id)}`);
  t.is(response.headers.get('content-type'), 'application/json');
  t.truthy(response.headers.get('x-request-id'));
  t.is(received(fixture), adt);
  t.is(fixture.arrivals[0]?.contentType, 'text/plain');
});

test('A message whose format cannot be told is taken, its format being null', async (t) => {
  const fixture = await startIngress(t);
  const response = await post(fixture, 'what is this');
  t.is(response.status, 202);
  const { content_type, format } = (await response.json()) as Record<string, unknown>;
  t.deepEqual({ content_type, format }, { content_type: null, format: null });
});

test("Of the seed's form the string is the message", async (t) => {
  const fixture = await startIngress(t);
  await post(fixture, JSON.stringify({ data: adt }), json);
  t.is(received(fixture), adt);
  await post(fixture, JSON.stringify({ data: 'Zoë 😀' }), {
    'Content-Type': 'application/json; charset=utf-8',
  });
  t.is(received(fixture), 'Zoë 😀');
});

test("A FHIR resource is never taken for the seed's form, not even a Binary with its data", async (t) => {
  const fixture = await startIngress(t);
  for (const body of [patient, '{"data":"AAAA","resourceType":"Binary"}']) {
    await post(fixture, body, json);
    t.is(received(fixture), body);
  }
  const seedLike = '{"data":"x"}';
  await post(fixture, seedLike, { 'Content-Type': 'application/fhir+json' });
  t.is(received(fixture), seedLike);
});

test('JSON of any other form, or that only says it is JSON, is the message as it is', async (t) => {
  const fixture = await startIngress(t);
  for (const body of [
    '[1]',
    '{"data":7}',
    '{"data":{"a":"b"}}',
    '{}',
    '{"data":"MSH|^~\\&|"}',
    '{"data":"x"',
    'null',
  ]) {
    t.is((await post(fixture, body, json)).status, 202);
    t.is(received(fixture), body);
  }
});

test('The bytes are not touched: invalid UTF-8 and NUL arrive as they were sent', async (t) => {
  const fixture = await startIngress(t);
  const bytes = Uint8Array.from([0x4d, 0x53, 0x48, 0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0d]);
  await post(fixture, bytes, json);
  t.deepEqual(Buffer.from(fixture.arrivals[0]?.body as Uint8Array), Buffer.from(bytes));
});

test('Content codings are undone, also several in a row', async (t) => {
  const fixture = await startIngress(t);
  const coded: readonly [string, Buffer<ArrayBuffer>][] = [
    ['gzip', gzipSync(adt)],
    ['X-GZIP', gzipSync(adt)],
    ['deflate', deflateSync(adt)],
    ['br', brotliCompressSync(adt)],
    ['identity', Buffer.from(adt)],
    ['deflate, gzip', gzipSync(deflateSync(adt))],
    ['gzip, identity , br', brotliCompressSync(gzipSync(adt))],
  ];
  for (const [coding, body] of coded) {
    t.is((await post(fixture, body, { 'Content-Encoding': coding })).status, 202, coding);
    t.is(received(fixture), adt, coding);
  }
  await post(fixture, gzipSync(JSON.stringify({ data: adt })), { ...json, 'Content-Encoding': 'gzip' });
  t.is(received(fixture), adt);
});

test('A body up to the claim check stays in memory; one byte more goes to the object store', async (t) => {
  const fixture = await startIngress(t);
  await post(fixture, Buffer.alloc(CLAIM_CHECK_BYTES, 'x'));
  t.is((fixture.arrivals[0]?.body as Uint8Array).byteLength, CLAIM_CHECK_BYTES);
  const large = Buffer.alloc(CLAIM_CHECK_BYTES + 1, `${adt}\n`);
  t.is((await post(fixture, large)).status, 202);
  const body = fixture.arrivals[1]?.body;
  if (body === undefined || !isClaimCheck(body)) return t.fail('not in the object store');
  t.is(body.size, large.length);
  t.is(body.sha256, createHash('sha256').update(large).digest('hex'));
  t.deepEqual(Buffer.from(body.head), large.subarray(0, 4096));
  return t.deepEqual(fixture.objects.get(body.ref), large);
});

test("Large bodies are told apart as small ones are: coded, of the seed's form, FHIR", async (t) => {
  const fixture = await startIngress(t);
  const message = Buffer.alloc(CLAIM_CHECK_BYTES * 3, adt).toString();
  const resource = JSON.stringify({ resourceType: 'Binary', data: message });
  const other = JSON.stringify({ data: [message] });
  const sent: readonly [string, string, string][] = [
    [message, 'text/plain', message],
    [JSON.stringify({ data: message }), 'application/json', message],
    [resource, 'application/json', resource],
    [other, 'application/json', other],
  ];
  for (const [body, type, expected] of sent) {
    await post(fixture, gzipSync(body), { 'Content-Type': type, 'Content-Encoding': 'gzip' });
    const stored = fixture.arrivals.at(-1)?.body;
    if (stored === undefined || !isClaimCheck(stored)) return t.fail('not in the object store');
    t.is(fixture.objects.get(stored.ref)?.toString(), expected);
  }
  return t.is(fixture.arrivals.length, 4);
});

test('What comes in the seed’s form and is small inside stays in memory, however large it was around', async (t) => {
  const fixture = await startIngress(t);
  await post(fixture, `{"padding":"${'x'.repeat(CLAIM_CHECK_BYTES)}","data":"small"}`, json);
  t.is(received(fixture), 'small');
});

test('PUT is taken where PUT is configured, and a query does not matter', async (t) => {
  const fixture = await startIngress(t, { config: { http_method: 'put', url: '/lab/in' } });
  const response = await fetch(`${fixture.url}/lab/in?from=lab`, { method: 'PUT', body: adt });
  t.is(response.status, 202);
  t.is(received(fixture), adt);
});

test('A client that asks first is told to continue', async (t) => {
  const fixture = await startIngress(t);
  const headers = { Expect: '100-continue', 'Content-Length': '4', Connection: 'close' };
  const answer = await raw(fixture.port, [request(headers, 'MSH|')]);
  t.regex(answer.all, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
});

test('The trace of the caller goes along, where it is one', async (t) => {
  const fixture = await startIngress(t);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await post(fixture, adt, { traceparent });
  t.is(fixture.arrivals[0]?.traceparent, traceparent);
  await post(fixture, adt, { traceparent: 'Doe^Jo' });
  t.is(fixture.arrivals[1]?.traceparent, undefined);
});
