import test from 'ava';
import { headers } from 'nats';
import type { Msg } from 'nats';
import { aboutMessage } from '../../../src/connectors/nats-client/arrival.ts';
import { sequenceOf } from '../../../src/connectors/nats-client/stream-intake.ts';

function message(fields: Readonly<Record<string, string>>, subject = 'adt.in'): Msg {
  const head = headers();
  for (const [name, value] of Object.entries(fields)) head.set(name, value);
  // What is looked at of a message, here.
  return { subject, headers: head, data: new Uint8Array(0) } as unknown as Msg;
}

test('of a stream, the key is its name, its birth and the position', (t) => {
  const about = aboutMessage(message({}), { stream: 'LAB', created: '2026-01-01T00:00:00Z', sequence: 7 });
  t.is(about.sourceKey, 'LAB/2026-01-01T00:00:00Z/7');
  t.deepEqual(about.source, {
    'Healthos-Source-Subject': 'adt.in',
    'Healthos-Source-Stream': 'LAB',
    'Healthos-Source-Sequence': '7',
  });
});

test('a core message has the key that its sender gave it, hashed, or none', (t) => {
  t.is(aboutMessage(message({})).sourceKey, undefined);
  const about = aboutMessage(message({ 'Nats-Msg-Id': 'synthetic-1' }));
  t.regex(about.sourceKey ?? '', /^msg-id\/[0-9a-f]{64}$/);
  t.is(about.sourceKey, aboutMessage(message({ 'Nats-Msg-Id': 'synthetic-1' })).sourceKey);
});

test('Content-Type and traceparent are honoured where they are well-formed', (t) => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const good = message({ 'Content-Type': 'application/hl7-v2; charset=x', traceparent: trace });
  t.like(aboutMessage(good), { contentType: 'application/hl7-v2', traceparent: trace });
  const bad = message({ 'Content-Type': 'no type', traceparent: 'forged' });
  t.like(aboutMessage(bad), { contentType: undefined, traceparent: undefined });
});

test('other headers are kept under a name of their own; hostile ones are not', (t) => {
  const { source } = aboutMessage(
    message({
      'X-Ward': 'a\tb\u0007c',
      'Healthos-Data-Id': 'forged',
      'healthos-verdict': 'valid',
      'Nats-Expected-Stream': 'LAB',
      'Nats-Msg-Id': '1',
      ['X'.repeat(65)]: 'long name',
      'X-Long': 'x'.repeat(2_000),
    }),
  );
  t.deepEqual(Object.keys(source ?? {}).sort(), [
    'Healthos-Source-Header-Nats-Msg-Id',
    'Healthos-Source-Header-X-Long',
    'Healthos-Source-Header-X-Ward',
    'Healthos-Source-Subject',
  ]);
  t.is(source?.['Healthos-Source-Header-X-Ward'], 'a b c');
  t.is(source?.['Healthos-Source-Header-X-Long']?.length, 512);
});

test('of many headers so many are kept', (t) => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`X-${at}`, 'x']));
  t.is(Object.keys(aboutMessage(message(many)).source ?? {}).length, 33);
});

test('the position is read from both forms of the acknowledgement’s subject', (t) => {
  t.is(sequenceOf('$JS.ACK.LAB.reader.1.42.7.1700000000000000000.0'), 42);
  t.is(sequenceOf('$JS.ACK._.hash.LAB.reader.1.42.7.1700000000000000000.0.random'), 42);
});
