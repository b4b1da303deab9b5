/**
 * The answer in the sender's own dialect: a 999 (005010X231A1), or a TA1 where the interchange itself is broken
 * (ASC X12.5). Both come as an interchange of their own, from the receiver to the sender.
 */
import type { Issue, Verdict } from '../issue.ts';
import { acknowledgements } from './acknowledgement.ts';
import { readOutline, type Outline } from './outline.ts';

/** TA105 by rule and place; the first that applies is given. */
const interchangeNotes: readonly (readonly [rule: string, place: RegExp, code: string])[] = [
  ['x12/interchange-header', /./, '024'],
  ['x12/delimiters', /./, '027'],
  ['x12/interchange-width', /./, '024'],
  ['x12/interchange-element', /./, '024'],
  ['x12/control-number', /^IEA/, '001'],
  ['x12/group-count', /^IEA/, '021'],
  ['x12/duplicate-control-number', /^GS/, '024'],
  ['x12/envelope', /^(?:ISA|IEA|GS|GE)(?:\[|$)/, '022'],
  ['x12/envelope', /^[A-Z]/, '024'],
  ['x12/segment-terminator', /^$/, '023'],
];

/** Of the reply; whatever is echoed is freed of them. */
const ELEMENT = '*';
const TERMINATOR = '~';

/**
 * `controlNumber` is that of the reply's interchange: its digits are used, at most nine. Nothing of the original but
 * identifiers and control numbers is echoed, and none of it can end an element or a segment.
 */
export function x12Reply(
  original: Uint8Array,
  verdict: Verdict,
  receivedAt: Date,
  controlNumber: string,
): string {
  const outline = readOutline(original);
  const number = controlNumber.replaceAll(/\D/g, '').slice(-9).padStart(9, '0');
  const errors = verdict.issues.filter((issue) => issue.severity === 'error');
  const note = noteOf(errors);
  const named = outline.groups.every(({ identifier }) => /^[A-Z]{2}$/.test(identifier));
  const broken = note !== undefined || outline.groups.length === 0 || !named;
  const content = broken
    ? [interchangeNote(outline, note ?? '024')]
    : functionalGroup(outline, errors, receivedAt, number);
  const trailer = ['IEA', broken ? '0' : '1', number];
  const segments = [interchangeHeader(outline, receivedAt, number), ...content, trailer];
  return segments.map((segment) => trimmed(segment).join(ELEMENT) + TERMINATOR).join('');
}

function noteOf(errors: readonly Issue[]): string | undefined {
  for (const [rule, place, code] of interchangeNotes) {
    if (errors.some((issue) => issue.rule === rule && place.test(issue.location))) return code;
  }
  return undefined;
}

function interchangeHeader({ interchange }: Outline, at: Date, number: string): string[] {
  const blank = ' '.repeat(10);
  return [
    ...['ISA', '00', blank, '00', blank],
    ...[qualifier(interchange.receiverQualifier), identifier(interchange.receiver)],
    ...[qualifier(interchange.senderQualifier), identifier(interchange.sender)],
    ...[dateOf(at).slice(2), timeOf(at), '^', '00501', number, '0'],
    ...[/^[PT]$/.test(interchange.usage) ? interchange.usage : 'P', ':'],
  ];
}

/** ISA05 and ISA07 have two characters, ISA06 and ISA08 fifteen. */
const qualifier = (value: string): string => (/^[A-Z0-9]{2}$/.test(value) ? value : 'ZZ');
const identifier = (value: string): string => value.slice(0, 15).padEnd(15, ' ');

function interchangeNote({ interchange }: Outline, code: string): string[] {
  const digits = (value: string, count: number): string =>
    new RegExp(`^\\d{${count}}$`).test(value) ? value : '0'.repeat(count);
  return [
    'TA1',
    digits(interchange.number, 9),
    digits(interchange.date, 6),
    digits(interchange.time, 4),
    'R',
    code,
  ];
}

function functionalGroup(outline: Outline, errors: readonly Issue[], at: Date, number: string): string[][] {
  const [first] = outline.groups;
  const group = String(Number(number));
  const sender = first?.receiver ?? '';
  const receiver = first?.sender ?? '';
  const version = '005010X231A1';
  const sets = acknowledgements(outline, errors).map((content, index) => {
    const set = String(index + 1).padStart(4, '0');
    return [['ST', '999', set, version], ...content, ['SE', String(content.length + 2), set]];
  });
  return [
    ['GS', 'FA', sender || 'UNKNOWN', receiver || 'UNKNOWN', dateOf(at), timeOf(at), group, 'X', version],
    ...sets.flat(),
    ['GE', String(sets.length), group],
  ];
}

function trimmed(segment: readonly string[]): readonly string[] {
  const last = segment.findLastIndex((element) => element !== '');
  return segment.slice(0, last + 1);
}

/** CCYYMMDD and HHMM, UTC. */
const dateOf = (at: Date): string => at.toISOString().slice(0, 10).replaceAll('-', '');
const timeOf = (at: Date): string => at.toISOString().slice(11, 16).replace(':', '');
