/** Makes mutants of good resources, the same ones for the same seed. */
import { definitionsOf } from '../../../../src/validation/fhir/definitions.ts';
import { classes, type Pick } from './classes.ts';
import { dissect, type Json } from './spots.ts';

export interface Mutant {
  readonly kind: string;
  readonly body: string;
}

/** For each class up to `most` mutants, of resources chosen by chance from `good` (as JSON texts). */
export function* mutants(good: readonly string[], most: number, seed = 1): Generator<Mutant> {
  const next = randomNumbers(seed);
  const pick: Pick = (list) => list[Math.floor(next() * list.length)];
  const definitions = definitionsOf('r4');
  for (const [kind, mutate] of Object.entries(classes)) {
    let made = 0;
    for (let tries = 0; made < most && tries < most * 20; tries += 1) {
      const text = pick(good);
      if (text === undefined) return;
      const root = JSON.parse(text) as Json;
      const done = mutate(dissect(root, definitions), pick);
      if (done === false) continue;
      made += 1;
      yield { kind, body: typeof done === 'string' ? done : JSON.stringify(root) };
    }
  }
}

/** Mulberry32: small, and good enough to choose by. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
