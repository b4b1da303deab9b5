/** Damages payloads byte by byte, and watches that each gets its verdict, soon. */
import { examine } from './examine.ts';

export interface Survival {
  readonly inputs: number;
  readonly crashes: number;
  /** The longest that one input took, in milliseconds. */
  readonly slowestMs: number;
}

/** Bytes that mean something to JSON, XML or UTF-8. */
const telling = [
  0x00, 0x0a, 0x22, 0x26, 0x2c, 0x2f, 0x30, 0x3a, 0x3c, 0x3e, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0xc3, 0xff,
];

/** So many damaged inputs, made from the seeds; the same ones for the same number to begin with. */
export function fuzz(seeds: readonly Uint8Array[], count: number, begin = 1): Survival {
  const watch = new Watch();
  let state = begin;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let i = 0; i < count; i += 1) watch.see(damaged(seeds[next(seeds.length)] ?? new Uint8Array(0), next));
  return watch.survival();
}

/** Each seed, cut off at every offset. */
export function truncations(seeds: readonly Uint8Array[]): Survival {
  const watch = new Watch();
  for (const seed of seeds) {
    for (let length = 0; length < seed.length; length += 1) watch.see(seed.subarray(0, length));
  }
  return watch.survival();
}

class Watch {
  #inputs = 0;
  #crashes = 0;
  #slowestMs = 0;

  see(input: Uint8Array): void {
    const begun = performance.now();
    this.#inputs += 1;
    try {
      examine(input);
    } catch {
      this.#crashes += 1;
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - begun);
  }

  survival(): Survival {
    return { inputs: this.#inputs, crashes: this.#crashes, slowestMs: this.#slowestMs };
  }
}

/** One to four bytes changed, left out, doubled, or a part of the input moved elsewhere. */
function damaged(seed: Uint8Array, next: (below: number) => number): Uint8Array {
  let bytes = Buffer.from(seed);
  for (let times = next(4); times >= 0; times -= 1) {
    const at = next(bytes.length);
    const kind = next(5);
    if (kind === 0) bytes[at] = next(256);
    else if (kind === 1) bytes[at] = telling[next(telling.length)] ?? 0;
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + next(8))]);
    else {
      const from = next(bytes.length);
      const part = bytes.subarray(from, from + 1 + next(kind === 3 ? 4 : 64));
      bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
    }
  }
  return bytes;
}
