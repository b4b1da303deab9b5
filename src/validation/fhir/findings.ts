/** Where the check of a resource is, and what it found there. */
import type { Place, Report } from '../engine.ts';
import type { FhirRule } from './rules.ts';

const LONGEST_NAME = 40;
/** Beyond so many findings nobody looks at the locations: they are left out, and cost nothing. */
const MOST_LOCATIONS = 10_000;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

export type Way = readonly (string | number)[];

interface Finding {
  readonly rule: FhirRule;
  readonly message: string;
  readonly spec: string | undefined;
  /** From the root, which is the first step; empty where the finding has no place. */
  readonly way: Way;
  /** Known where reading the text itself failed. */
  readonly place: Place | undefined;
}

/** Tells the places of ways in the text that was read. */
export type Locate = (ways: readonly Way[]) => readonly (Place | undefined)[];

/** Keeps the way from the root to the present element, and writes it as a FHIRPath when there is a finding. */
export class Findings {
  /** How the release is named in specifications: `FHIR R4 (4.0.1)`. */
  release = 'FHIR R4 (4.0.1)';
  /** The line of the file in which what is read begins. */
  readonly firstLine: number;
  readonly #way: (string | number)[] = [];
  readonly #found: Finding[] = [];

  constructor(firstLine = 1) {
    this.firstLine = firstLine;
  }

  enter(step: string | number): void {
    this.#way.push(step);
  }

  leave(): void {
    this.#way.pop();
  }

  get count(): number {
    return this.#found.length;
  }

  /** The present element, as a FHIRPath. */
  get here(): string {
    return expressionOf(this.#way);
  }

  /** A finding at the present element. `path` is the element in the definitions, where it has one. */
  add(rule: FhirRule, message: string, path?: string, place?: Place): void {
    const way = this.#found.length < MOST_LOCATIONS ? [...this.#way] : [];
    this.#found.push({
      rule,
      message,
      spec: path === undefined ? undefined : `${this.release}, ${path}`,
      way,
      place,
    });
  }

  /** A finding somewhere else than here, as far on the way as its names look like names. */
  addOn(way: Way, rule: FhirRule, message: string, place: Place): void {
    const end = way.findIndex((step) => typeof step === 'string' && !isShown(step));
    this.#found.push({ rule, message, spec: undefined, way: end < 0 ? way : way.slice(0, end), place });
  }

  /** A finding at a child of the present element. A name that no standard knows is shown only when it looks like one. */
  addAt(child: string, rule: FhirRule, message: string, path?: string): void {
    const shown = isShown(child);
    if (shown) this.enter(child);
    this.add(rule, message, path);
    if (shown) this.leave();
  }

  /** Hands all findings over, with their places in the text. */
  reportTo(report: Report, locate: Locate): void {
    if (this.#found.length === 0) return;
    const places = locate(this.#found.map(({ way }) => way));
    for (const [i, { rule, message, spec, way, place }] of this.#found.entries()) {
      report(rule, expressionOf(way), message, spec, place ?? places[i]);
    }
  }
}

/** Whether a name that the standard does not know looks like one, and not like what somebody wrote into a message. */
export function isShown(name: string): boolean {
  return name.length <= LONGEST_NAME && identifier.test(name);
}

function expressionOf(way: Way): string {
  let location = '';
  for (const step of way) {
    if (typeof step === 'number') location += `[${step}]`;
    else location += location === '' ? step : `.${step}`;
  }
  return location;
}
