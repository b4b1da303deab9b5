/** The elements of one segment against its definition: presence, type, length, code, and the conditions between them. */
import { lengthOf, periodType, type DataType } from './data-types.ts';
import type { CompositeElement, Element, SimpleElement } from './element-notation.ts';
import type { Condition, Segment } from './map.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Takes a finding about an element (and component) of the segment at hand; 0 is the segment. */
export type ElementReport = (rule: string, element: number, component: number, message: string) => void;

export function checkElements(reader: SegmentReader, segment: Segment, report: ElementReport): void {
  const { elements } = segment;
  for (let i = 1; i <= elements.length; i++) {
    const element = elements[i - 1];
    if (element === undefined) continue;
    if (reader.isEmpty(i)) {
      if (element.required) reportMissing(segment.name, i, 0, report);
    } else checkElement(reader, segment.name, element, i, report);
  }
  if (reader.count > elements.length) reportExtra(reader, segment.name, elements.length, report);
  for (const condition of segment.conditions) checkCondition(reader, segment.name, condition, report);
}

function checkElement(
  reader: SegmentReader,
  name: string,
  element: Element,
  number: number,
  report: ElementReport,
): void {
  if (element.kind === 'unused') {
    report(
      'x12/not-used-element',
      number,
      0,
      `${label(name, number, 0)} is not used in this transaction and has to be empty.`,
    );
    return;
  }
  const { text, delimiters } = reader;
  const end = reader.end(number);
  for (let start = reader.start(number); start <= end;) {
    const stop = delimiters.repetition < 0 ? end : until(text, start, end, delimiters.repetition);
    if (element.kind === 'composite') checkComposite(reader, name, element, number, start, stop, report);
    else checkSimple(text, element, formOf(reader, element, number), start, stop, name, number, 0, report);
    start = stop + 1;
  }
}

/** Of a date or period, the value before it says how it is written. */
function formOf(reader: SegmentReader, { type, form }: SimpleElement, number: number): DataType | undefined {
  return type === 'DP' ? periodType(reader.value(number - 1)) : form;
}

function checkComposite(
  { text, delimiters }: SegmentReader,
  name: string,
  { parts }: CompositeElement,
  number: number,
  from: number,
  to: number,
  report: ElementReport,
): void {
  let previous = '';
  let start = from;
  let component = 0;
  for (; start <= to; component++) {
    const stop = until(text, start, to, delimiters.component);
    const part = parts[component];
    if (part === undefined) break;
    if (stop > start && part.kind === 'unused') {
      const which = label(name, number, component + 1);
      report(
        'x12/not-used-element',
        number,
        component + 1,
        `${which} is not used in this transaction and has to be empty.`,
      );
    } else if (stop > start && part.kind === 'simple') {
      checkSimple(
        text,
        part,
        part.type === 'DP' ? periodType(previous) : part.form,
        start,
        stop,
        name,
        number,
        component + 1,
        report,
      );
    } else if (part.required) reportMissing(name, number, component + 1, report);
    previous = text.slice(start, Math.min(stop, start + 3));
    start = stop + 1;
  }
  if (start <= to) {
    report(
      'x12/too-many-elements',
      number,
      component + 1,
      `${label(name, number, 0)} has more than its ${parts.length} components.`,
    );
  }
  for (; component < parts.length; component++) {
    if (parts[component]?.required === true) reportMissing(name, number, component + 1, report);
  }
}

function checkSimple(
  text: string,
  element: SimpleElement,
  form: DataType | undefined,
  start: number,
  end: number,
  name: string,
  number: number,
  component: number,
  report: ElementReport,
): void {
  if (form?.matches(text, start, end) === false) {
    reportForm(form, name, number, component, report);
    return;
  }
  const length = element.numeric ? lengthOf(element.type, text, start, end) : end - start;
  if (length < element.least || length > element.most) reportLength(element, name, number, component, report);
  else if (element.codes?.has(text.slice(start, end)) === false) {
    report(
      'x12/code',
      number,
      component,
      `${label(name, number, component)} has a code that this transaction does not allow here.`,
    );
  }
}

function until(text: string, from: number, to: number, separator: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) !== separator) at++;
  return at;
}

/** `NM1-03`, `CLM-05-2`. */
export function label(name: string, element: number, component: number): string {
  const part = component > 0 ? `-${component}` : '';
  return `${name}-${String(element).padStart(2, '0')}${part}`;
}

function reportMissing(name: string, element: number, component: number, report: ElementReport): void {
  report(
    'x12/required-element',
    element,
    component,
    `${label(name, element, component)} is required and has no value.`,
  );
}

function reportExtra(reader: SegmentReader, name: string, most: number, report: ElementReport): void {
  const message = `${name} has more than the ${most} elements that this transaction gives it.`;
  report('x12/too-many-elements', Math.min(most + 1, reader.count), 0, message);
}

function reportForm(
  type: DataType,
  name: string,
  element: number,
  component: number,
  report: ElementReport,
): void {
  report('x12/data-type', element, component, `${label(name, element, component)} is not ${type.expected}.`);
}

function reportLength(
  { least, most }: SimpleElement,
  name: string,
  element: number,
  component: number,
  report: ElementReport,
): void {
  const range = most === Infinity ? `at least ${least}` : least === most ? `${most}` : `${least} to ${most}`;
  report(
    'x12/element-length',
    element,
    component,
    `${label(name, element, component)} is too short or too long: ${range} characters are expected.`,
  );
}

function checkCondition(
  reader: SegmentReader,
  name: string,
  { kind, elements }: Condition,
  report: ElementReport,
): void {
  let present = 0;
  for (const element of elements) if (!reader.isEmpty(element)) present++;
  const first = elements[0] ?? 0;
  const broken =
    (kind === 'P' && present > 0 && present < elements.length) ||
    (kind === 'R' && present === 0) ||
    (kind === 'E' && present > 1) ||
    (kind === 'C' && present < elements.length && !reader.isEmpty(first)) ||
    (kind === 'L' && present === 1 && !reader.isEmpty(first));
  if (broken) report('x12/condition', first, 0, conditionSentence(name, kind, elements));
}

function conditionSentence(name: string, kind: string, elements: readonly number[]): string {
  const [first = '', ...others] = elements.map((element) => label(name, element, 0));
  const list = [first, ...others].join(', ');
  if (kind === 'P') return `${list} come together or not at all.`;
  if (kind === 'R') return `One of ${list} is required.`;
  if (kind === 'E') return `Only one of ${list} may have a value.`;
  return `${first} calls for ${kind === 'L' ? 'one of ' : ''}${others.join(', ')}.`;
}
