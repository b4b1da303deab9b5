import test from 'ava';
import fc from 'fast-check';
import { Decoder } from '../../../src/connectors/mllp-server/decoder.ts';
import { framed } from './client.ts';

interface Decoded {
  readonly frames: readonly string[];
  readonly fault: string | undefined;
  readonly decoder: Decoder;
}

function decode(...chunks: (string | Buffer)[]): Decoded {
  const decoder = new Decoder();
  const frames: string[] = [];
  let body = '';
  try {
    for (const chunk of chunks) {
      decoder.feed(Buffer.from(chunk as string, 'latin1'));
      for (let piece = decoder.next(); piece !== undefined; piece = decoder.next()) {
        body += piece.bytes.toString('latin1');
        if (!piece.last) continue;
        frames.push(body);
        body = '';
      }
    }
  } catch (thrown) {
    return { frames, fault: thrown instanceof Error ? thrown.message : '', decoder };
  }
  return { frames, fault: undefined, decoder };
}

/** Bodies as they may be: any bytes but VT, and no FS that is followed by CR. */
const body = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('\x0b', 'v').replaceAll('\x1c', 'f'))
  .chain((text) => fc.constantFrom(text, `${text}\x1c \x1cend`, `\x1c\x1c ${text}`));
const between = fc.constantFrom('', '\r', '\n', '\0', '\r\n', '\r\r\0');

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, i) => bytes.subarray(at[i] ?? 0, end));
}

test('whatever the pieces are in which they come, frames are what was framed', (t) => {
  const property = fc.property(
    fc.array(fc.tuple(body, between), { maxLength: 8 }),
    fc.array(fc.nat(), { maxLength: 20 }),
    (messages, places) => {
      const bytes = Buffer.concat(
        messages.flatMap(([text, gap]) => [framed(Buffer.from(text, 'latin1')), Buffer.from(gap)]),
      );
      const { frames, fault, decoder } = decode(...cut(bytes, places));
      t.is(fault, undefined);
      t.deepEqual(
        frames,
        messages.map(([text]) => text),
      );
      t.is(
        decoder.ignored,
        messages.reduce((sum, [, gap]) => sum + gap.length, 0),
      );
      t.false(decoder.within);
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

test('any bytes whatever are frames, an unfinished frame, or a fault', (t) => {
  const bytes = fc.array(fc.constantFrom('\x0b', '\x1c', '\r', '\n', '\0', 'A'), { maxLength: 30 });
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(), { maxLength: 5 }), (parts, places) => {
      const whole = decode(parts.join(''));
      const pieces = decode(...cut(Buffer.from(parts.join(''), 'latin1'), places));
      t.deepEqual(pieces.frames, whole.frames);
      t.is(pieces.fault, whole.fault);
    }),
    { numRuns: 2000 },
  );
});

test('a byte by itself between frames is a fault that does not repeat it', (t) => {
  const { frames, fault } = decode('\x0bA\x1c\r\rX\x0bB\x1c\r');
  t.deepEqual(frames, ['A']);
  t.regex(fault ?? '', /^Between two frames/);
});

test('a frame that begins within another is a fault, also where only the CR of the first is missing', (t) => {
  t.regex(decode('\x0bA\x0bB\x1c\r').fault ?? '', /VT \(0x0B\) within a frame/);
  t.regex(decode('\x0bA\x1c\x0bB\x1c\r').fault ?? '', /VT \(0x0B\) within a frame/);
});

test('a frame that has begun is known to be under way', (t) => {
  t.true(decode('\x0bA').decoder.within);
  t.true(decode('\x0bA\x1c').decoder.within);
  t.false(decode('\x0bA\x1c', '\r').decoder.within);
});

test('four times the bytes cost no more than their share, though each could be the end', (t) => {
  const cost = (length: number): number => {
    const bytes = Buffer.concat([Buffer.of(0x0b), Buffer.alloc(length, 0x1c)]);
    const looked = { count: 0 };
    const original = bytes.indexOf.bind(bytes);
    const counted = Object.assign(bytes, {
      indexOf: (byte: number, from: number): number => {
        const found = original(byte, from);
        looked.count += (found < 0 ? length : found) - from + 1;
        return found;
      },
    });
    const decoder = new Decoder();
    decoder.feed(counted);
    while (decoder.next() !== undefined);
    return looked.count;
  };
  t.true(cost(40_000) < 5 * cost(10_000));
});
