/** What of the installed client is patched, and that it is laid out as the patches need it. */
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import kafkajs from 'kafkajs';
import type { KafkaMessage } from 'kafkajs';
import { registerCodecs } from '../../../src/connectors/kafka-consumer/codecs.ts';
import { crc32c } from '../../../src/connectors/kafka-consumer/crc32c.ts';
import { tameRequestQueue } from '../../../src/connectors/kafka-consumer/request-queue.ts';
import { salvageBatches, undecodable } from '../../../src/connectors/kafka-consumer/salvage.ts';

const require = createRequire(import.meta.url);

interface Queue {
  throttleCheckTimeoutId: unknown;
  pending: unknown[];
  checkPendingRequests(): void;
  destroy(): void;
}

test('CRC-32C is as RFC 3720, B.4 has it', (t) => {
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283);
  t.is(crc32c(new Uint8Array(32)), 0x8a9136aa);
});

test('an idle request queue arms no timer; one in which a request waits does', async (t) => {
  tameRequestQueue();
  tameRequestQueue();
  const RequestQueue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;
  const queue = new RequestQueue({ maxInFlightRequests: 0, logger: { debug: () => undefined } });
  queue.checkPendingRequests();
  await turn();
  t.is(queue.throttleCheckTimeoutId, null);
  queue.pending.push({});
  queue.checkPendingRequests();
  t.not(queue.throttleCheckTimeoutId, null);
  queue.destroy();
});

for (const [name, type] of Object.entries(kafkajs.CompressionTypes)) {
  if (typeof type === 'string') continue;
  test(`a batch with the codec ${name} is decoded; a damaged one leaves a message that says where it was`, async (t) => {
    registerCodecs();
    salvageBatches();
    salvageBatches();
    const good = await batch(10, type);
    const damaged = await batch(13, type);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 3) ^ 0xff, damaged.length - 3);
    const messages = await decode(Buffer.concat([good, damaged, await batch(16, type)]));
    t.deepEqual(
      messages.map(({ offset }) => offset),
      ['10', '11', '12', '15', '16', '17', '18'],
    );
    const [, , , found] = messages;
    t.deepEqual(found && undecodable(found), { firstOffset: 13n, lastOffset: 15n, why: 'checksum' });
    t.is(messages.filter((message) => undecodable(message)).length, 1);
  });
}

test('a batch whose end is damaged ends where the next one begins; without a next one its end is unknown', async (t) => {
  registerCodecs();
  salvageBatches();
  const damaged = await batch(13, 0);
  damaged.writeInt32BE(1000, 23);
  const [between] = await decode(Buffer.concat([damaged, await batch(16, 0)]));
  t.is(between?.offset, '15');
  t.is(between && undecodable(between)?.lastOffset, 15n);
  const [alone] = await decode(damaged);
  t.is(alone?.offset, '13');
  t.is(alone && undecodable(alone)?.lastOffset, undefined);
});

test('a codec that nobody knows leaves a message that says where it was', async (t) => {
  registerCodecs();
  salvageBatches();
  const unknown = await batch(7, 0);
  unknown.writeInt16BE(6, 21);
  unknown.writeUInt32BE(crc32c(unknown.subarray(21)), 17);
  const [message] = await decode(unknown);
  t.deepEqual(message && undecodable(message), { firstOffset: 7n, lastOffset: 9n, why: 'content' });
});

/** Three records from an offset on, as the client itself writes them. */
async function batch(firstOffset: number, compression: number): Promise<Buffer> {
  const write = require('kafkajs/src/protocol/recordBatch/v0/index.js') as {
    RecordBatch(options: object): Promise<{ buffer: Buffer }>;
  };
  const record = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
    options: object,
  ) => object;
  const records = [0, 1, 2].map((offsetDelta) =>
    record({ offsetDelta, timestampDelta: 0, key: null, value: 'synthetic' }),
  );
  const { buffer } = await write.RecordBatch({ compression, firstOffset, lastOffsetDelta: 2, records });
  return Buffer.from(buffer);
}

function decode(set: Buffer): Promise<readonly KafkaMessage[]> {
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
  const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
    decoder: object,
  ) => Promise<readonly KafkaMessage[]>;
  const framed = Buffer.alloc(4 + set.length);
  framed.writeInt32BE(set.length);
  set.copy(framed, 4);
  return decodeMessages(new Decoder(framed));
}
