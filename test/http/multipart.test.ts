/** A multipart body is taken apart as it arrives, wherever it is cut. */
import test from 'ava';
import fc from 'fast-check';
import { HealthosError } from '../../src/errors.ts';
import { mediaTypeOf, partsOf } from '../../src/http/multipart.ts';

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function readAll(bytes: Buffer, boundary: string, size: number): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const { headers, body } of partsOf(chunksOf(bytes, size), boundary)) {
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    read.push([headers.get('content-type'), Buffer.concat(pieces).toString('hex')]);
  }
  return read;
}

const contents = fc.array(
  fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(Buffer.from('\r\n--limi\r\n-\r\n--'))),
  { minLength: 1, maxLength: 5 },
);

test('parts are read as they were written', async (t) => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 64 }), fc.boolean(), async (all, size, padded) => {
      const parts = all.flatMap((content) => [
        Buffer.from(`\r\n--limit${padded ? ' \t' : ''}\r\nContent-Type: a/b\r\nX-Other: c\r\n\r\n`),
        content,
      ]);
      const bytes = Buffer.concat([
        Buffer.from('preamble'),
        ...parts,
        Buffer.from('\r\n--limit--\r\nepilogue'),
      ]);
      const written = all.map((content) => ['a/b', Buffer.from(content).toString('hex')]);
      t.deepEqual(await readAll(bytes, 'limit', size), written);
    }),
    { numRuns: 100 },
  );
});

test('a part without headers, and no line break before the first boundary', async (t) => {
  t.deepEqual(await readAll(Buffer.from('--b\r\n\r\nhi\r\n--b--'), 'b', 3), [[undefined, '6869']]);
});

test('a body that breaks off, or has headers without end, is malformed', async (t) => {
  for (const text of ['', '--b', '--b\r\nA: b\r\n\r\nhi', `--b\r\n${'A'.repeat(20_000)}`]) {
    const error = await t.throwsAsync(readAll(Buffer.from(text), 'b', 100), { instanceOf: HealthosError });
    t.is(error.code, 'request/malformed');
  }
});

test('a media type is read with its parameters, quoted or not', (t) => {
  const { type, parameters } = mediaTypeOf(
    'Multipart/Related; type="application/dicom" ;Boundary=a\'b; x="q\\"r"',
  );
  t.is(type, 'multipart/related');
  t.deepEqual(
    [...parameters],
    [
      ['type', 'application/dicom'],
      ['boundary', "a'b"],
      ['x', 'q"r'],
    ],
  );
});
