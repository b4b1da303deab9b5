/** The order of the segments of one message against its structure, as the segments come by. */
import { type Grammar, START, type Step } from './grammar.ts';
import { addressOf, specOf, type Scope } from './scope.ts';

interface Missing {
  readonly name: string;
  /** The segment before which it is missed, and its address; empty at the end. */
  readonly before: string;
  readonly address: string;
}

/** A segment that came right behind the one before which it was missed. */
interface Swapped {
  readonly late: Missing;
  readonly address: string;
}

export class StructureWalk {
  readonly #scope: Scope;
  readonly #grammar: Grammar;
  readonly #structure: string;
  #stand = START;
  #previous = '';
  #missing: Missing[] = [];
  #swapped: Swapped[] | undefined;
  /** Names of segments that came where they have no place: they are not missing, but misplaced. */
  #misplaced: Set<string> | undefined;

  constructor(scope: Scope, structure: string) {
    this.#scope = scope;
    this.#structure = structure;
    this.#grammar = scope.dictionary.grammar(structure);
  }

  /** Takes the next segment, which is where the scope's place is: one that its version knows. */
  next(name: string): void {
    const step = this.#grammar.step(this.#stand, name);
    if (step === undefined) {
      this.#misplace(name);
      return;
    }
    if (this.#missing.length > 0 && this.#isLate(name, step)) return;
    this.#stand = step.stand;
    this.#previous = name;
    if (step.missing.length === 0) return;
    const address = addressOf(this.#scope.place);
    for (const missing of step.missing) this.#missing.push({ name: missing, before: name, address });
  }

  /** A segment that was missed before, and comes where it would begin a group that lacks others, is that one. */
  #isLate(name: string, step: Step): boolean {
    const late = this.#missing.findLast((missing) => missing.name === name);
    if (late === undefined) return false;
    const address = addressOf(this.#scope.place);
    if (step.missing.length > 0) {
      this.#reportLate(late, address);
      return true;
    }
    if (late.before === this.#previous) (this.#swapped ??= []).push({ late, address });
    return false;
  }

  #reportLate(late: Missing, address: string): void {
    this.#missing = this.#missing.filter((missing) => missing !== late);
    const message = `${late.name} has no place here: it comes before ${late.address} in`;
    this.#report('hl7v2/segment-order', address, message);
  }

  #misplace(name: string): void {
    const address = addressOf(this.#scope.place);
    if (this.#grammar.has(name)) {
      (this.#misplaced ??= new Set()).add(name);
      const message = `${name} has no place here: it comes earlier, or less often, in`;
      this.#report('hl7v2/segment-order', address, message);
    } else if (!this.#grammar.open) {
      this.#report('hl7v2/unexpected-segment', address, `${name} has no place in`);
    }
  }

  end(): void {
    for (const name of this.#grammar.missingAfter(this.#stand))
      this.#missing.push({ name, before: '', address: '' });
    this.#swapped?.forEach((swapped) => this.#settle(swapped));
    for (const { name, address } of this.#missing) {
      if (this.#misplaced?.has(name) === true) continue;
      const where = address === '' ? '' : ` before ${address}`;
      this.#report('hl7v2/required-segment', name.slice(0, 3), `${name} is required${where} in`);
    }
  }

  /** Two segments have changed places where behind both the first of them is missed in its turn. */
  #settle({ late, address }: Swapped): void {
    const from = this.#missing.indexOf(late);
    const other = this.#missing.findIndex(({ name }, at) => at > from && name === late.before);
    if (from < 0 || other < 0) return;
    this.#missing.splice(other, 1);
    this.#reportLate(late, address);
  }

  #report(rule: string, location: string, message: string): void {
    const structure = this.#structure;
    this.#scope.report(
      rule,
      location,
      `${message} the structure ${structure}.`,
      specOf(this.#scope.version, structure),
    );
  }
}
