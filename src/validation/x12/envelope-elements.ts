/** The elements of ISA, GS and ST, which are the same in every interchange (ASC X12.5; X12.6). */
import { dataType, lengthOf } from './data-types.ts';
import type { SegmentReader } from './segment-reader.ts';

interface EnvelopeElement {
  readonly type: string;
  readonly least: number;
  readonly most: number;
  readonly codes?: readonly string[];
  /** False where it may be empty. */
  readonly required?: boolean;
}

const text = (least: number, most = least): EnvelopeElement => ({ type: 'AN', least, most });
const code = (...codes: string[]): EnvelopeElement => ({ type: 'ID', least: 1, most: 15, codes });
const of = (type: string, least: number, most = least): EnvelopeElement => ({ type, least, most });

const isa: readonly EnvelopeElement[] = [
  code('00', '01', '02', '03', '04', '05', '06'),
  text(10),
  code('00', '01'),
  text(10),
  text(2),
  text(15),
  text(2),
  text(15),
  of('DT', 6),
  of('TM', 4),
  text(1),
  of('N0', 5),
  of('N0', 9),
  code('0', '1'),
  code('P', 'T', 'I'),
  text(1),
];

const gs: readonly EnvelopeElement[] = [
  text(2),
  text(2, 15),
  text(2, 15),
  of('DT', 8),
  of('TM', 4, 8),
  of('N0', 1, 9),
  code('X', 'T'),
  text(1, 12),
];

const st: readonly EnvelopeElement[] = [text(3), text(4, 9), { ...text(1, 35), required: false }];

const definitions = {
  ISA: { elements: isa, rule: 'x12/interchange-element' },
  GS: { elements: gs, rule: 'x12/group-element' },
  ST: { elements: st, rule: 'x12/transaction-element' },
} as const;

/** Takes a finding about an element of the segment at hand. */
export type HeaderReport = (rule: string, element: number, message: string) => void;

export function checkHeader(reader: SegmentReader, name: 'ISA' | 'GS' | 'ST', report: HeaderReport): void {
  const { elements, rule } = definitions[name];
  elements.forEach((element, index) => {
    const fault = faultOf(reader, element, index + 1, name);
    if (fault !== undefined)
      report(rule, index + 1, `${name}-${String(index + 1).padStart(2, '0')} ${fault}.`);
  });
  if (reader.count > elements.length) {
    report(rule, elements.length + 1, `${name} has more than its ${elements.length} elements.`);
  }
  if (name === 'ISA') checkWidths(reader, report);
}

/** The widths of the sixteen elements, by which old readers find their way. */
const widths = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];

function checkWidths(reader: SegmentReader, report: HeaderReport): void {
  widths.forEach((width, index) => {
    const number = index + 1;
    if (reader.end(number) - reader.start(number) === width) return;
    const message = `ISA-${String(number).padStart(2, '0')} has not its fixed width: ${width} characters are expected.`;
    report('x12/interchange-width', number, message);
  });
}

function faultOf(
  reader: SegmentReader,
  { type, least, most, codes, required }: EnvelopeElement,
  number: number,
  name: string,
): string | undefined {
  if (reader.isEmpty(number)) return required === false ? undefined : 'is required and has no value';
  const start = reader.start(number);
  const end = reader.end(number);
  if (codes?.includes(reader.value(number)) === false) return `is not one of ${codes.join(', ')}`;
  const kind = dataType(type);
  if (kind?.matches(reader.text, start, end) === false) return `is not ${kind.expected}`;
  if (name === 'ISA') return undefined;
  const length = lengthOf(type, reader.text, start, end);
  return length < least || length > most ? `has not ${least} to ${most} characters` : undefined;
}
