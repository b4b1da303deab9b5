/** The elements of one segment against its definition: presence, number, and the conditions between them. */
import { demandOf, isBroken } from './conditions.ts';
import { periodType, type DataType } from './data-types.ts';
import type { CommonSegment } from './dictionary.ts';
import type { CompositeElement, Element, SimpleElement } from './element-notation.ts';
import type { LocalReport } from './local-report.ts';
import type { SegmentReader } from './segment-reader.ts';
import { faultOf, type ValueFault } from './values.ts';

/** Takes a finding about an element (and component) of the segment at hand; 0 is the segment. */
export type ElementReport = (rule: string, element: number, component: number, message: string) => void;

export function checkElements(reader: SegmentReader, segment: CommonSegment, report: ElementReport): void {
  new ElementCheck(reader, segment, report).run();
}

/** Reports elements of the segment at a location, such as `2000A/HL[3]`, within its transaction. */
export function elementReport(report: LocalReport, location: string): ElementReport {
  return (rule, element, component, message) => {
    const part = component > 0 ? `-${component}` : '';
    report(rule, `${location}-${String(element).padStart(2, '0')}${part}`, message);
  };
}

/** `NM1-03`, `CLM-05-2`. */
function label(name: string, element: number, component: number): string {
  const part = component > 0 ? `-${component}` : '';
  return `${name}-${String(element).padStart(2, '0')}${part}`;
}

class ElementCheck {
  readonly #reader: SegmentReader;
  readonly #segment: CommonSegment;
  readonly #report: ElementReport;

  constructor(reader: SegmentReader, segment: CommonSegment, report: ElementReport) {
    this.#reader = reader;
    this.#segment = segment;
    this.#report = report;
  }

  run(): void {
    const { elements, conditions } = this.#segment;
    const reader = this.#reader;
    for (let number = 1; number <= elements.length; number++) {
      const element = elements[number - 1];
      if (element === undefined) continue;
      if (!reader.isEmpty(number)) this.#element(element, number);
      else if (element.required) this.#missing(number, 0);
    }
    if (reader.count > elements.length) this.#extra(elements.length);
    if (reader.count > 0 && reader.isEmpty(reader.count)) this.#trailing();
    for (const condition of conditions) {
      if (!isBroken(reader, condition)) continue;
      const labels = condition.elements.map((element) => this.#label(element, 0));
      const rule = condition.kind === 'E' ? 'x12/exclusion' : 'x12/condition';
      this.#report(rule, condition.elements[0] ?? 0, 0, demandOf(condition, labels));
    }
  }

  #element(element: Element, number: number): void {
    if (element.kind === 'unused') {
      this.#unused(number, 0);
      return;
    }
    const { text, delimiters, hasRepetitions } = this.#reader;
    const end = this.#reader.end(number);
    let times = 0;
    for (let start = this.#reader.start(number); start <= end; times++) {
      const stop = hasRepetitions ? until(text, start, end, delimiters.repetition) : end;
      if (element.kind === 'composite') this.#composite(element, number, start, stop);
      else this.#simple(element, number, start, stop);
      start = stop + 1;
    }
    if (times > element.repeat) this.#repeated(number, element.repeat);
  }

  #simple(element: SimpleElement, number: number, start: number, end: number): void {
    const { text, delimiters, hasComponents } = this.#reader;
    if (hasComponents && until(text, start, end, delimiters.component) < end) {
      const message = `${this.#label(number, 0)} is no composite: it may not hold the component separator.`;
      this.#report('x12/too-many-components', number, 0, message);
      return;
    }
    // Of a date or period, the value before it says how it is written.
    const form = element.type === 'DP' ? periodType(this.#reader.value(number - 1)) : element.form;
    this.#value(element, form, number, 0, start, end);
  }

  #composite({ parts }: CompositeElement, number: number, from: number, to: number): void {
    const { text, delimiters } = this.#reader;
    let previous = '';
    let start = from;
    let component = 1;
    for (; start <= to && component <= parts.length; component++) {
      const stop = until(text, start, to, delimiters.component);
      const part = parts[component - 1];
      if (stop === start) {
        if (part?.required === true) this.#missing(number, component);
      } else if (part?.kind === 'unused') this.#unused(number, component);
      else if (part?.kind === 'simple') {
        const form = part.type === 'DP' ? periodType(previous) : part.form;
        this.#value(part, form, number, component, start, stop);
      }
      previous = text.slice(start, Math.min(stop, start + 3));
      start = stop + 1;
    }
    if (start <= to) this.#extraComponent(number, parts.length);
    for (; component <= parts.length; component++) {
      if (parts[component - 1]?.required === true) this.#missing(number, component);
    }
  }

  #value(
    element: SimpleElement,
    form: DataType | undefined,
    number: number,
    component: number,
    start: number,
    end: number,
  ): void {
    const fault = faultOf(element, form, this.#reader, start, end);
    if (fault === undefined) return;
    this.#fault(fault, number, component);
  }

  #fault({ rule, predicate }: ValueFault, number: number, component: number): void {
    this.#report(rule, number, component, `${this.#label(number, component)} ${predicate}.`);
  }

  #missing(number: number, component: number): void {
    const message = `${this.#label(number, component)} is required and has no value.`;
    this.#report('x12/required-element', number, component, message);
  }

  #unused(number: number, component: number): void {
    const message = `${this.#label(number, component)} is not used in this transaction and has to be empty.`;
    this.#report('x12/not-used-element', number, component, message);
  }

  #extra(most: number): void {
    const message = `${this.#segment.name} has more than the ${most} elements that this transaction gives it.`;
    this.#report('x12/too-many-elements', Math.min(most + 1, this.#reader.count), 0, message);
  }

  #extraComponent(number: number, most: number): void {
    const message = `${this.#label(number, 0)} has more than its ${most} components.`;
    this.#report('x12/too-many-components', number, most + 1, message);
  }

  #repeated(number: number, most: number): void {
    const message = `${this.#label(number, 0)} is repeated more often than it may: at most ${most} here.`;
    this.#report('x12/element-repeat', number, 0, message);
  }

  #trailing(): void {
    const { name } = this.#segment;
    const message = `${name} ends with element separators that nothing follows: leave them out.`;
    this.#report('x12/trailing-separator', this.#reader.count, 0, message);
  }

  #label(element: number, component: number): string {
    return label(this.#segment.name, element, component);
  }
}

function until(text: string, from: number, to: number, separator: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) !== separator) at++;
  return at;
}
