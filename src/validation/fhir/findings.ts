/** Where the check of a resource is, and what it found there. */
import type { Report } from '../engine.ts';
import type { FhirRule } from './rules.ts';

const LONGEST_NAME = 40;
/** Beyond so many findings nobody looks at the locations: they are left out, and cost nothing. */
const MOST_LOCATIONS = 10_000;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Keeps the way from the root to the present element, and writes it as a FHIRPath when there is a finding. */
export class Findings {
  readonly #report: Report;
  readonly #way: (string | number)[] = [];
  #count = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  enter(step: string | number): void {
    this.#way.push(step);
  }

  leave(): void {
    this.#way.pop();
  }

  /** A finding at the present element. `path` is the element in R4's definitions, where it has one. */
  add(rule: FhirRule, message: string, path?: string): void {
    this.#count += 1;
    const location = this.#count > MOST_LOCATIONS ? '' : this.#location();
    this.#report(rule, location, message, path === undefined ? undefined : specification(path));
  }

  /** A finding at a child of the present element. A name that no standard knows is shown only when it looks like one. */
  addAt(child: string, rule: FhirRule, message: string, path?: string): void {
    const shown = child.length <= LONGEST_NAME && identifier.test(child);
    if (shown) this.enter(child);
    this.add(rule, message, path);
    if (shown) this.leave();
  }

  #location(): string {
    let location = '';
    for (const step of this.#way) {
      if (typeof step === 'number') location += `[${step}]`;
      else location += location === '' ? step : `.${step}`;
    }
    return location;
  }
}

function specification(path: string): string {
  return `FHIR R4 (4.0.1), ${path}`;
}
