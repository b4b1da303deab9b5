/** The data types of X12 elements (ASC X12.6): which values have the right form, and how long they are. */

export interface DataType {
  /** Under which a value of another form is reported. */
  readonly rule: string;
  /** After "is not ". */
  readonly expected: string;
  readonly matches: (text: string, start: number, end: number) => boolean;
}

const number = (decimals: number): DataType => ({
  rule: 'x12/data-type',
  expected:
    decimals === 0
      ? 'a whole number: digits with an optional minus are expected'
      : `a number: digits with an optional minus, the last ${decimals} of them decimals, are expected`,
  matches: isWhole,
});

const types: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ...Array.from({ length: 10 }, (_, decimals): [string, DataType] => [`N${decimals}`, number(decimals)]),
  [
    'R',
    {
      rule: 'x12/data-type',
      expected: 'a number: digits with an optional minus and decimal point are expected',
      matches: isDecimal,
    },
  ],
  ['DT', { rule: 'x12/date', expected: 'a date: CCYYMMDD or YYMMDD is expected', matches: isDate }],
  ['TM', { rule: 'x12/time', expected: 'a time: HHMM[SS[D[D]]] is expected', matches: isTime }],
]);

/** Undefined for types of text (AN, ID), of which every value has the right form. */
export const dataType = (name: string): DataType | undefined => types.get(name);

/** The forms of a date or period by its qualifier (data element 1250). */
const periods: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  [
    'D8',
    {
      rule: 'x12/date',
      expected: 'a date: CCYYMMDD is expected',
      matches: (t, s, e) => e - s === 8 && isDate(t, s, e),
    },
  ],
  [
    'D6',
    {
      rule: 'x12/date',
      expected: 'a date: YYMMDD is expected',
      matches: (t, s, e) => e - s === 6 && isDate(t, s, e),
    },
  ],
  [
    'TM',
    {
      rule: 'x12/time',
      expected: 'a time: HHMM is expected',
      matches: (t, s, e) => e - s === 4 && isTime(t, s, e),
    },
  ],
  [
    'RD8',
    {
      rule: 'x12/date',
      expected: 'a range of dates: CCYYMMDD-CCYYMMDD is expected, the earlier date first',
      matches: isRange,
    },
  ],
  ['DT', { rule: 'x12/date', expected: 'a date and time: CCYYMMDDHHMM is expected', matches: isDateTime }],
]);

export const periodType = (qualifier: string): DataType | undefined => periods.get(qualifier);

/** The length that counts: of a number its digits only, without minus and point. */
export function lengthOf(type: string, text: string, start: number, end: number): number {
  if (type !== 'R' && !type.startsWith('N')) return end - start;
  let length = 0;
  for (let i = start; i < end; i++) if (isDigit(text.charCodeAt(i))) length++;
  return length;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function isDigits(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isDigit(text.charCodeAt(i))) return false;
  return end > start;
}

const unsigned = (text: string, start: number): number => (text.charCodeAt(start) === 45 ? start + 1 : start);

function isWhole(text: string, start: number, end: number): boolean {
  return isDigits(text, unsigned(text, start), end);
}

function isDecimal(text: string, start: number, end: number): boolean {
  let digits = 0;
  let points = 0;
  for (let i = unsigned(text, start); i < end; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) digits++;
    else if (code === 46) points++;
    else return false;
  }
  return digits > 0 && points < 2;
}

/** Nobody in health care means an earlier year; a date before it is a slip. */
const EARLIEST = 1800;

const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

function isDate(text: string, start: number, end: number): boolean {
  const length = end - start;
  if ((length !== 8 && length !== 6) || !isDigits(text, start, end)) return false;
  const month = two(text, end - 4);
  const year = length === 8 ? two(text, start) * 100 + two(text, start + 2) : 2000 + two(text, start);
  const day = two(text, end - 2);
  return year >= EARLIEST && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isTime(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < 4 || length > 8 || length === 5 || !isDigits(text, start, end)) return false;
  return two(text, start) < 24 && two(text, start + 2) < 60 && (length === 4 || two(text, start + 4) < 60);
}

function isDateTime(text: string, start: number, end: number): boolean {
  return end - start >= 12 && isDate(text, start, start + 8) && isTime(text, start + 8, end);
}

function isRange(text: string, start: number, end: number): boolean {
  const middle = start + 8;
  return (
    end - start === 17 &&
    text.charCodeAt(middle) === 45 &&
    isDate(text, start, middle) &&
    isDate(text, middle + 1, end) &&
    text.slice(start, middle) <= text.slice(middle + 1, end)
  );
}
