/** The shared memory between two threads: what is written is read, once, whole, and in its order. */
import test from 'ava';
import fc from 'fast-check';
import { Lane, laneMemory } from '../../src/bus/embedded/lane.ts';

const BYTES = 1024;

/** Both ends of one lane. */
function lane() {
  const memory = laneMemory(BYTES);
  return { writer: new Lane(memory), reader: new Lane(memory) };
}

function write(writer: Lane, text: string, bytes: Uint8Array): boolean {
  return writer.write(text, bytes.byteLength, (target, start) => target.set(bytes, start));
}

const written = fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 60 }), size: fc.nat(300) });
const command = fc.oneof(fc.constant('read' as const), written);

test('what is written is read once, whole, in its order, whatever was refused in between', (t) => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const { writer, reader } = lane();
      const waiting: { text: string; bytes: Uint8Array }[] = [];
      for (const [i, each] of commands.entries()) {
        if (each === 'read') {
          const entry = reader.peek();
          t.deepEqual(entry && { text: entry.text, bytes: new Uint8Array(entry.bytes) }, waiting.shift());
          if (entry !== undefined) reader.next();
        } else {
          const bytes = new Uint8Array(each.size).fill(i);
          if (write(writer, each.text, bytes)) waiting.push({ text: each.text, bytes });
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('an entry is refused where it has no room in one piece, and nothing of it is written', (t) => {
  const { writer, reader } = lane();
  t.true(write(writer, 'first', new Uint8Array(500)));
  t.false(write(writer, 'second', new Uint8Array(600)));
  t.is(reader.peek()?.text, 'first');
  reader.next();
  t.is(reader.peek(), undefined);
});

test('less than half of it always has room once all is read', (t) => {
  const { writer, reader } = lane();
  for (let size = 0; size < BYTES / 2 - 16; size += 7) {
    t.true(write(writer, '', new Uint8Array(size)), `${size} bytes`);
    t.is(reader.peek()?.bytes.byteLength, size);
    reader.next();
  }
});

test('who reads says whether it looks again', (t) => {
  const { writer, reader } = lane();
  t.false(writer.isWatched);
  reader.watch(true);
  t.true(writer.isWatched);
  reader.watch(false);
  t.false(writer.isWatched);
});
