/** The order of the segments of one message against its structure, as the segments come by. */
import { START, type Grammar } from './grammar.ts';
import { addressOf, specOf, type Scope } from './scope.ts';

interface Missing {
  readonly name: string;
  /** The segment before which it is missed; empty at the end. */
  readonly before: string;
}

export class StructureWalk {
  readonly #scope: Scope;
  readonly #grammar: Grammar;
  readonly #structure: string;
  #stand = START;
  readonly #missing: Missing[] = [];
  /** Names of segments that came where they have no place: they are not missing, but misplaced. */
  readonly #misplaced = new Set<string>();

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
    this.#stand = step.stand;
    for (const missing of step.missing)
      this.#missing.push({ name: missing, before: addressOf(this.#scope.place) });
  }

  #misplace(name: string): void {
    const address = addressOf(this.#scope.place);
    if (this.#grammar.has(name)) {
      this.#misplaced.add(name);
      this.#report(
        'hl7v2/segment-order',
        address,
        `${name} has no place here: it comes earlier, or more often than`,
      );
    } else if (!this.#grammar.open) {
      this.#report('hl7v2/unexpected-segment', address, `${name} has no place`);
    }
  }

  end(): void {
    for (const name of this.#grammar.missingAfter(this.#stand)) this.#missing.push({ name, before: '' });
    for (const { name, before } of this.#missing) {
      if (this.#misplaced.has(name)) continue;
      const where = before === '' ? '' : ` before ${before}`;
      this.#report('hl7v2/required-segment', name.slice(0, 3), `${name} is required${where}`);
    }
  }

  #report(rule: string, location: string, message: string): void {
    const structure = this.#structure;
    const closing =
      rule === 'hl7v2/segment-order'
        ? ` the structure ${structure} has it.`
        : ` in the structure ${structure}.`;
    this.#scope.report(rule, location, message + closing, specOf(this.#scope.version, structure));
  }
}
