/**
 * The elements of the envelopes, which are the same in every interchange (ASC X12.5; X12.6), and of TA1. The codes are those
 * that the guides of health care leave (005010X222A1 and others, appendix C, Control Segments).
 */
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

/** What kind of identifier ISA06 and ISA08 hold. */
const parties = ['01', '14', '20', '27', '28', '29', '30', '33', 'ZZ'];

const isa: readonly EnvelopeElement[] = [
  code('00', '03'),
  text(10),
  code('00', '01'),
  text(10),
  code(...parties),
  text(15),
  code(...parties),
  text(15),
  of('DT', 6),
  of('TM', 4),
  text(1),
  code('00401', '00501'),
  of('N0', 9),
  code('0', '1'),
  code('P', 'T'),
  text(1),
];

const gs: readonly EnvelopeElement[] = [
  text(2),
  text(2, 15),
  text(2, 15),
  of('DT', 8),
  of('TM', 4, 8),
  of('N0', 1, 9),
  code('X'),
  text(1, 12),
];

const st: readonly EnvelopeElement[] = [text(3), text(4, 9), { ...text(1, 35), required: false }];

/** The count of a trailer is compared with what there is, and its control number with the header's. */
const counted: EnvelopeElement = { type: 'AN', least: 0, most: Infinity, required: false };
const trailer: readonly EnvelopeElement[] = [counted, counted];

const ta1: readonly EnvelopeElement[] = [
  of('N0', 9),
  of('DT', 6),
  of('TM', 4),
  code('A', 'E', 'R'),
  code(...Array.from({ length: 32 }, (_, number) => String(number).padStart(3, '0'))),
];

const definitions = {
  ISA: { elements: isa, rule: 'x12/interchange-element' },
  IEA: { elements: trailer, rule: 'x12/interchange-element' },
  TA1: { elements: ta1, rule: 'x12/interchange-element' },
  GS: { elements: gs, rule: 'x12/group-element' },
  GE: { elements: trailer, rule: 'x12/group-element' },
  ST: { elements: st, rule: 'x12/transaction-element' },
  SE: { elements: trailer, rule: 'x12/transaction-element' },
} as const;

/** Takes a finding about an element of the segment at hand. */
export type HeaderReport = (rule: string, element: number, message: string) => void;

export function checkControl(
  reader: SegmentReader,
  name: keyof typeof definitions,
  report: HeaderReport,
): void {
  const { elements, rule } = definitions[name];
  elements.forEach((element, index) => {
    const fault = faultOf(reader, element, index + 1, name);
    if (fault !== undefined)
      report(rule, index + 1, `${name}-${String(index + 1).padStart(2, '0')} ${fault}.`);
  });
  if (reader.count > elements.length) {
    report(rule, elements.length + 1, `${name} has more than its ${elements.length} elements.`);
  } else if (name !== 'ISA' && reader.count > 0 && reader.isEmpty(reader.count)) {
    const message = `${name} ends with element separators that nothing follows: leave them out.`;
    report('x12/trailing-separator', reader.count, message);
  }
  if (name === 'ISA') {
    checkWidths(reader, report);
    checkStandard(reader, report);
  }
}

/** ISA11 was the identifier of the standard before version 00402, in which it became the repetition separator. */
function checkStandard(reader: SegmentReader, report: HeaderReport): void {
  if (reader.value(12) !== '00401' || reader.value(11) === 'U') return;
  report('x12/interchange-element', 11, 'ISA-11 is not U, the identifier of the standard in version 00401.');
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
  if (codes?.includes(reader.value(number)) === false) return `is not one of ${listed(codes)}`;
  const kind = dataType(type);
  if (kind?.matches(reader.text, start, end) === false)
    return `is not ${written(type, most) ?? kind.expected}`;
  if (name === 'ISA') return undefined;
  const length = lengthOf(type, reader.text, start, end);
  if (length < least || length > most)
    return `has not ${least === most ? least : `${least} to ${most}`} characters`;
  return faultySign(reader.value(number), least);
}

/** Of many codes the first and the last. */
function listed(codes: readonly string[]): string {
  return codes.length > 12 ? `${codes[0] ?? ''} to ${codes.at(-1) ?? ''}` : codes.join(', ');
}

/** Dates and times have one form in each place. */
function written(type: string, most: number): string | undefined {
  if (type === 'DT') return `a date: ${most === 6 ? 'YYMMDD' : 'CCYYMMDD'} is expected`;
  return type === 'TM' && most === 4 ? 'a time: HHMM is expected' : undefined;
}

function faultySign(value: string, least: number): string | undefined {
  if (/[^ -~]/.test(value)) return 'holds characters outside of printable ASCII';
  return value.endsWith(' ') && value.trimEnd().length >= least
    ? 'ends with blanks that its shortest length does not need'
    : undefined;
}
