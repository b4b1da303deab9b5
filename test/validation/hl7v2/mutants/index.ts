/** Mutants of the seeds, and how many of them are found under `strict`, class by class. */
import { hl7v2Engine } from '../../../../src/validation/hl7v2/index.ts';
import type { Judged } from '../../../../src/validation/judge.ts';
import { verdictOf } from '../support.ts';
import { read, write } from './message.ts';
import { type Mutant, mutators } from './mutators.ts';
import { Random } from './random.ts';
import { seeds } from './seeds.ts';

export interface ClassResult {
  readonly name: string;
  readonly made: number;
  readonly found: number;
  /** Some of those that were missed, as text. */
  readonly missed: readonly string[];
}

const MOST_SHOWN = 5;

/** Makes as many mutants of each class from each seed, always the same ones for a number. */
export function findMutants(each: number, start = 1): readonly ClassResult[] {
  const messages = [...seeds].map(([name, lines]) => read(name, lines));
  return [...mutators].map(([name, mutate]) => {
    const random = new Random(start);
    const mutants = messages.flatMap((message) =>
      Array.from({ length: each }, () => mutate(message, random)).filter((mutant) => mutant !== undefined),
    );
    const missed = mutants.filter((mutant) => !isFound(mutant));
    return {
      name,
      made: mutants.length,
      found: mutants.length - missed.length,
      missed: missed.slice(0, MOST_SHOWN).map(({ message }) => write(message).toString('latin1')),
    };
  });
}

/** The mutant is invalid, and an error is where the mistake was made. */
function isFound({ message, at }: Mutant): boolean {
  const verdict = verdictOf(hl7v2Engine, write(message), 'strict');
  return !verdict.valid && errorsAt(verdict, at) > 0;
}

const errorsAt = ({ issues }: Judged, at: string): number =>
  issues.filter(({ severity, location }) => severity === 'error' && location.startsWith(at)).length;
