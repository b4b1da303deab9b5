/** The memory of what is published: copies stay as they are until they are given back, and then it is used again. */
import test from 'ava';
import fc from 'fast-check';
import { Slabs } from '../../src/bus/embedded/slabs.ts';

const command = fc.oneof(
  fc.record({ size: fc.integer({ min: 1, max: 200_000 }) }),
  fc.record({ size: fc.constant(600_000) }),
  fc.constant('give back' as const),
);

test('a copy that was not given back is never written over', (t) => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const slabs = new Slabs();
      const kept: { bytes: Uint8Array; mark: number }[] = [];
      for (const [mark, each] of commands.entries()) {
        const oldest = each === 'give back' ? kept.shift() : undefined;
        if (oldest !== undefined) slabs.giveBack(oldest.bytes.subarray(0, 1));
        if (each !== 'give back')
          kept.push({ bytes: slabs.copy(new Uint8Array(each.size).fill(mark)), mark });
        t.true(kept.every(({ bytes, mark }) => bytes[0] === mark && bytes.at(-1) === mark));
      }
    }),
    { numRuns: 50 },
  );
});

test('what was given back is used again', (t) => {
  const slabs = new Slabs();
  const memory = new Set<ArrayBufferLike>();
  for (let i = 0; i < 100; i++) {
    const copy = slabs.copy(new Uint8Array(200_000));
    memory.add(copy.buffer);
    slabs.giveBack(copy);
  }
  t.true(memory.size <= 3, `${memory.size} buffers`);
});
