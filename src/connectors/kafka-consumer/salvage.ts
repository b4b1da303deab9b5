/**
 * Makes the client survive a record batch that cannot be decoded: in its place comes one message that says where it was,
 * in order with the messages before and behind it. Unpatched, kafkajs 2.2.4 crashes for ever on such a batch without a word
 * of its topic, partition or offset, and never looks at a batch's checksum.
 *
 * Narrow: one function of the client's is wrapped, the one that decodes the records of one partition. Each version of the
 * fetch response takes it up when it is first needed, so it is exchanged before. A test holds it to the installed version.
 */
import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';
import { crc32c } from './crc32c.ts';

/** What stands for a batch that cannot be decoded; `offset` of the message is the batch's last, or first where that is unknown. */
export interface Undecodable {
  readonly firstOffset: bigint;
  /** Undefined where it cannot be told: what says so is damaged itself, and the next batch has not come along. */
  readonly lastOffset: bigint | undefined;
  readonly why: 'checksum' | 'content';
}

/** What the client decodes from: bytes, and how far it has read. */
interface Decoder {
  readonly buffer: Buffer;
  offset: number;
}
type DecodeMessages = (decoder: Decoder) => Promise<readonly KafkaMessage[]>;

const DECODE_MESSAGES = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
const marks = new WeakMap<object, Undecodable>();

/** What the message stands for, where it stands for a batch that cannot be decoded. */
export function undecodable(message: KafkaMessage): Undecodable | undefined {
  return marks.get(message);
}

/** Once a process, before the first fetch; later calls change nothing. */
export function salvageBatches(): void {
  const require = createRequire(import.meta.url);
  // The client is written in CommonJS without types: these are the shapes that the test makes sure of.
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => Decoder;
  const module = cachedModule(require);
  const original = module.exports as DecodeMessages;
  if (salvaged.has(original)) return;
  const decode: DecodeMessages = (decoder) =>
    decodeSalvaging(original, decoder, (bytes) => new Decoder(bytes));
  salvaged.add(decode);
  module.exports = decode;
}

const salvaged = new WeakSet<DecodeMessages>();

function cachedModule(require: NodeJS.Require): { exports: unknown } {
  require(DECODE_MESSAGES);
  const module = require.cache[require.resolve(DECODE_MESSAGES)];
  if (module === undefined) throw new Error('kafkajs is not laid out as it was.');
  return module;
}

async function decodeSalvaging(
  decode: DecodeMessages,
  decoder: Decoder,
  open: (bytes: Buffer) => Decoder,
): Promise<readonly KafkaMessage[]> {
  const { buffer, offset } = decoder;
  const set = recordSet(buffer, offset);
  if (set === undefined) return decode(decoder);
  if (checksDiffer(set)) return salvage();
  try {
    return await decode(decoder);
  } catch {
    return salvage();
  }

  async function salvage(): Promise<readonly KafkaMessage[]> {
    decoder.offset = offset + LENGTH + (set?.length ?? 0);
    const messages = [];
    for (const batch of batchesOf(set ?? noBytes)) messages.push(...(await decodeBatch(decode, batch, open)));
    return messages;
  }
}

const LENGTH = 4;
const noBytes = Buffer.alloc(0);

/** The records of a partition behind their length; undefined where they are not in the format with batches (magic 2). */
function recordSet(buffer: Buffer, offset: number): Buffer | undefined {
  const start = offset + LENGTH;
  const length = buffer.readInt32BE(offset);
  if (length < HEADER || start + length > buffer.length) return undefined;
  return buffer.readInt8(start + MAGIC_AT) === 2 ? buffer.subarray(start, start + length) : undefined;
}

/*
 * A batch (Kafka protocol guide, "Record Batch"): base offset int64, length of the rest int32, leader epoch int32, magic
 * int8, CRC-32C uint32 of all behind it, attributes int16, last offset delta int32, and so on to the records at 61.
 */
const LENGTH_AT = 8;
const REST_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const CHECKED_AT = 21;
const LAST_DELTA_AT = 23;
const COUNT_AT = 57;
const HEADER = 61;
const BASE_OFFSET = 8;

interface Batch {
  readonly bytes: Buffer;
  /** The first offset of the batch behind it, where that has come along. */
  readonly next: bigint | undefined;
}

/** Whole batches only: the last one of an answer may be cut off, and comes again. */
function* batchesOf(set: Buffer): Generator<Batch> {
  for (let at = 0; at + HEADER <= set.length;) {
    const end = at + REST_AT + set.readInt32BE(at + LENGTH_AT);
    if (end < at + HEADER || end > set.length) return;
    const next = end + BASE_OFFSET <= set.length ? set.readBigInt64BE(end) : undefined;
    yield { bytes: set.subarray(at, end), next };
    at = end;
  }
}

function checksDiffer(set: Buffer): boolean {
  for (const batch of batchesOf(set)) if (checkDiffers(batch)) return true;
  return false;
}

function checkDiffers({ bytes }: Batch): boolean {
  return crc32c(bytes.subarray(CHECKED_AT)) !== bytes.readUInt32BE(CRC_AT);
}

async function decodeBatch(
  decode: DecodeMessages,
  batch: Batch,
  open: (bytes: Buffer) => Decoder,
): Promise<readonly KafkaMessage[]> {
  if (checkDiffers(batch)) return [placeholder(batch, 'checksum')];
  const framed = Buffer.allocUnsafe(LENGTH + batch.bytes.length);
  framed.writeInt32BE(batch.bytes.length);
  batch.bytes.copy(framed, LENGTH);
  try {
    return await decode(open(framed));
  } catch {
    return [placeholder(batch, 'content')];
  }
}

function placeholder(batch: Batch, why: Undecodable['why']): KafkaMessage {
  // Outside of what the checksum covers, and needed to find the batch in any case.
  const firstOffset = batch.bytes.readBigInt64BE(0);
  const lastOffset = why === 'content' ? statedEnd(batch.bytes) : provenEnd(batch);
  const message = {
    key: null,
    value: null,
    timestamp: '0',
    attributes: 0,
    offset: String(lastOffset ?? firstOffset),
    headers: {},
    // Of no transaction: the client asks each message.
    batchContext: { producerId: '-1', inTransaction: false },
  };
  marks.set(message, { firstOffset, lastOffset, why });
  return message;
}

function statedEnd(bytes: Buffer): bigint {
  return bytes.readBigInt64BE(0) + BigInt(Math.max(0, bytes.readInt32BE(LAST_DELTA_AT)));
}

/**
 * Where a batch ends of which any byte may be wrong, so that nothing behind it is passed over: before the next batch; or
 * where both the last offset and the count of records say so.
 */
function provenEnd({ bytes, next }: Batch): bigint | undefined {
  const first = bytes.readBigInt64BE(0);
  if (next !== undefined) return next > first ? next - 1n : undefined;
  const delta = bytes.readInt32BE(LAST_DELTA_AT);
  return delta >= 0 && delta === bytes.readInt32BE(COUNT_AT) - 1 ? first + BigInt(delta) : undefined;
}
