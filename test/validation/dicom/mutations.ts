/** Files that were good once: the sample of a seed, with a few random edits. The same seed gives the same bytes. */
import { listSamples, readSample } from '../../../src/samples/index.ts';
import { examine } from './examine.ts';

const seeds = listSamples()
  .filter(({ format }) => format === 'dicom')
  .map(readSample);

/** Lengths that lead astray, and what begins and ends items. */
const nasty = [
  ...[
    [0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0x7f],
    [1, 0, 0, 0],
    [0xfe, 0xff, 0xff, 0xff],
  ],
  ...[
    [0xfe, 0xff, 0x00, 0xe0],
    [0xfe, 0xff, 0x0d, 0xe0],
    [0xfe, 0xff, 0xdd, 0xe0],
  ],
  ...[[0x53, 0x51], [0x55, 0x4e], [0x4f, 0x42], [0x1b, 0x24], [0x5c]],
].map((bytes) => Buffer.from(bytes));

type Random = (below: number) => number;

const edits: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  (bytes, random) => {
    (nasty[random(nasty.length)] ?? bytes).copy(bytes, random(bytes.length));
    return bytes;
  },
  (bytes, random) => {
    const [from, to] = [random(bytes.length), random(bytes.length)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const other = seeds[random(seeds.length)] ?? bytes;
    return Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]);
  },
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
];

export function mutation(seed: number): Buffer {
  const random = randomFrom(seed);
  let bytes: Buffer = Buffer.from(seeds[seed % seeds.length] ?? Buffer.alloc(0));
  for (let left = 1 + random(6); left > 0; left -= 1) {
    bytes = edits[random(edits.length)]?.(bytes, random) ?? bytes;
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}

/** Examines the mutations of the seeds, in turns as a whole and as a head; the seeds on which the engine threw. */
export function examineMutations(from: number, to: number): readonly number[] {
  const thrown: number[] = [];
  for (let seed = from; seed < to; seed += 1) {
    const bytes = mutation(seed);
    try {
      examine(bytes, 'strict', seed % 8 === 0 ? bytes.length * 2 : bytes.length);
    } catch {
      thrown.push(seed);
    }
  }
  return thrown;
}

/** Mulberry32: numbers below a bound that follow from the seed. */
function randomFrom(seed: number): Random {
  let state = (seed * 0x9e3779b9) | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(below, 1);
  };
}
