/** What becomes of a Kafka message's place, key and headers. */
import test from 'ava';
import type { KafkaMessage } from 'kafkajs';
import { arrivalOf } from '../../../src/connectors/kafka-consumer/arrival.ts';

const place = { topic: 'adt', partition: 3 };
const body = Buffer.from('MSH|^~\\&|A');

function arrival(fields: Pick<Partial<KafkaMessage>, 'key' | 'headers'> = {}) {
  const message = { value: body, timestamp: '0', attributes: 0, offset: '42', key: fields.key ?? null };
  return arrivalOf(place, { ...message, headers: fields.headers ?? {} }, body);
}

test('topic, partition and offset are its identity, and are told', (t) => {
  const { sourceKey, source } = arrival();
  t.is(sourceKey, 'adt/3/42/0');
  t.deepEqual(source, {
    'Healthos-Source-Topic': 'adt',
    'Healthos-Source-Partition': '3',
    'Healthos-Source-Offset': '42',
  });
});

test('key and headers are kept; what is not plain text goes as base64 under a name that says so', (t) => {
  const { source = {} } = arrival({
    key: Buffer.from([0xff, 0x00]),
    headers: { lab: Buffer.from('north'), bin: Buffer.from([10]) },
  });
  t.is(source['Healthos-Source-Key-Base64'], '/wA=');
  t.is(source['Healthos-Source-Header-lab'], 'north');
  t.is(source['Healthos-Source-Header-bin-Base64'], 'Cg==');
});

test('names are made safe, values are bounded, and no header forges what we tell', (t) => {
  const { source = {} } = arrival({
    headers: { 'a: b\r\nc': Buffer.from('x'), long: Buffer.alloc(5000, 'x'), __proto__: Buffer.from('p') },
  });
  t.is(source['Healthos-Source-Header-a--b--c'], 'x');
  t.is(source['Healthos-Source-Header-long']?.length, 1024);
  t.is(source['Healthos-Source-Header-long-Truncated'], '5000');
  for (const name of Object.keys(source)) t.regex(name, /^Healthos-Source-[\w-]+$/);
});

test('content type and traceparent are honoured where they are well formed', (t) => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const good = arrival({
    headers: { 'Content-Type': Buffer.from('application/hl7-v2'), traceparent: Buffer.from(traceparent) },
  });
  t.is(good.contentType, 'application/hl7-v2');
  t.is(good.traceparent, traceparent);
  const bad = arrival({
    headers: { 'content-type': Buffer.from('a\r\nb'), traceparent: Buffer.from('00-0') },
  });
  t.is(bad.contentType, undefined);
  t.is(bad.traceparent, undefined);
});
