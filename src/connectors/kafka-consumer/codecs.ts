/**
 * The codecs of record batches: gzip and zstd are Node's own, snappy and lz4 are kept packages. The client asks for one by
 * the number in a batch's attributes.
 */
import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappy';

/** A batch of at most some megabytes that grows beyond this is no batch but an attack, or damaged. */
const LARGEST_BATCH = 512 * 1024 * 1024;

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const gunzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);
const unpackedZstd = promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress);

/** Tells the client of every codec that Kafka has. May be called any number of times. */
export function registerCodecs(): void {
  const codecs = kafkajs.CompressionCodecs as Record<number, () => Codec>;
  codecs[kafkajs.CompressionTypes.GZIP] = () => gzipCodec;
  codecs[kafkajs.CompressionTypes.Snappy] = () => snappyCodec;
  codecs[kafkajs.CompressionTypes.LZ4] = () => lz4Codec;
  codecs[kafkajs.CompressionTypes.ZSTD] = () => zstdCodec;
  // Without these the client would read compressed bytes as if they were records.
  for (const unknown of [5, 6, 7]) codecs[unknown] = () => unknownCodec;
}

const gzipCodec: Codec = {
  compress: ({ buffer }) => promisify<Buffer, Buffer>(gzip)(buffer),
  decompress: (bytes) => gunzipped(bytes, { maxOutputLength: LARGEST_BATCH }),
};

const zstdCodec: Codec = {
  compress: ({ buffer }) => promisify<Buffer, Buffer>(zstdCompress)(buffer),
  decompress: (bytes) => unpackedZstd(bytes, { maxOutputLength: LARGEST_BATCH }),
};

const lz4Codec: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (bytes) => decompressFrame(bytes),
};

const snappyCodec: Codec = {
  compress: ({ buffer }) => compressSnappy(buffer),
  async decompress(bytes) {
    const blocks = [];
    for (const block of snappyBlocks(bytes)) blocks.push(await unpackedSnappy(block));
    return Buffer.concat(blocks);
  },
};

const unknownCodec: Codec = {
  compress: () => Promise.reject(new Error('There is no such codec.')),
  decompress: () => Promise.reject(new Error('There is no such codec.')),
};

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic, then two versions of 32 bits. */
const XERIAL_HEADER = 16;

/**
 * The Java clients write snappy as a stream of blocks, each behind its length (xerial's SnappyOutputStream); others write
 * one bare block.
 */
function* snappyBlocks(bytes: Buffer): Generator<Buffer> {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    yield bytes;
    return;
  }
  for (let at = XERIAL_HEADER; at < bytes.length;) {
    const start = at + 4;
    const end = start + bytes.readInt32BE(at);
    if (end <= start || end > bytes.length) throw new Error('A block is longer than what there is.');
    yield bytes.subarray(start, end);
    at = end;
  }
}

async function unpackedSnappy(block: Buffer): Promise<Buffer> {
  if (snappyLength(block) > LARGEST_BATCH) throw new Error('The block is too large.');
  return Buffer.from(await uncompressSnappy(block, { asBuffer: true }));
}

/** A block begins with the length of what it holds, in 7 bits a byte, least significant first. */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (const [at, byte] of block.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) break;
  }
  return length;
}
