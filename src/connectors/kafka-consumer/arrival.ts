/** A Kafka message as an arrival: its identity, and what its topic says of it, as headers of the bus. */
import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { Arrival, Body, Headers } from '../../messages/envelope.ts';

const MAX_HEADERS = 64;
const MAX_NAME_CHARACTERS = 128;
const MAX_VALUE_BYTES = 1024;

/** `traceparent` of W3C Trace Context, version 00. */
const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** RFC 9110, 8.3: a media type with its parameters, in printable ASCII. */
const contentTypeForm =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}\/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}(?:\s*;[\x20-\x7e]*)?$/;
/** What a header's value may be as it is; anything else goes as base64. */
const plainText = /^[\x20-\x7e]*$/;

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/**
 * The identity of the message at an offset of a partition, whoever reads it and how often. With its time: where a topic is
 * deleted and made anew its offsets begin again, and another message must not be taken for the one that was there.
 */
function sourceKeyOf(
  { topic, partition }: Place,
  { offset, timestamp }: Pick<KafkaMessage, 'offset' | 'timestamp'>,
): string {
  return `${topic}/${partition}/${offset}/${timestamp}`;
}

export function arrivalOf(place: Place, message: KafkaMessage, body: Body): Arrival {
  const contentType = textHeader(message.headers, 'content-type', contentTypeForm);
  const traceparent = textHeader(message.headers, 'traceparent', traceparentForm);
  return {
    body,
    sourceKey: sourceKeyOf(place, message),
    contentType,
    traceparent,
    source: sourceOf(place, message),
  };
}

function sourceOf({ topic, partition }: Place, { offset, key, headers }: KafkaMessage): Headers {
  const source: Record<string, string> = {
    'Healthos-Source-Topic': topic,
    'Healthos-Source-Partition': String(partition),
    'Healthos-Source-Offset': offset,
  };
  if (key !== null) put(source, 'Healthos-Source-Key', Buffer.from(key));
  for (const [name, value] of flat(headers).slice(0, MAX_HEADERS)) {
    const safe = name.replace(/[^0-9A-Za-z_-]/g, '-').slice(0, MAX_NAME_CHARACTERS);
    if (safe !== '') put(source, `Healthos-Source-Header-${safe}`, value);
  }
  return source;
}

/** Text as it is, anything else as base64 under a name that says so; cut off where it is too long. The first one stays. */
function put(source: Record<string, string>, name: string, value: Buffer): void {
  const cut = value.subarray(0, MAX_VALUE_BYTES);
  const text = cut.toString('latin1');
  const [as, written] = plainText.test(text)
    ? [name, text.trim()]
    : [`${name}-Base64`, cut.toString('base64')];
  source[as] ??= written;
  if (value.length > MAX_VALUE_BYTES) source[`${name}-Truncated`] ??= String(value.length);
}

function textHeader(headers: IHeaders | undefined, name: string, form: RegExp): string | undefined {
  const found = flat(headers).find(([key]) => key.toLowerCase() === name);
  const text = found?.[1].subarray(0, MAX_VALUE_BYTES).toString('latin1').trim();
  return text !== undefined && form.test(text) ? text : undefined;
}

/** Each name with each of its values; one without a value is left out. */
function flat(headers: IHeaders | undefined): [string, Buffer][] {
  if (headers === undefined) return [];
  return Object.entries(headers).flatMap(([name, value]) =>
    [value]
      .flat()
      .flatMap((one): [string, Buffer][] => (one === undefined ? [] : [[name, Buffer.from(one)]])),
  );
}
