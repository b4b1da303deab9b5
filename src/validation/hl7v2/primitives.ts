/** The data types of HL7 v2 whose form can be told by reading (ch. 2A). All work on a stretch of the message's bytes. */
import { daysIn } from '../calendar.ts';

export interface Primitive {
  readonly rule: string;
  /** What a value looks like, after "is not ". */
  readonly expected: string;
  readonly matches: (bytes: Buffer, start: number, end: number) => boolean;
}

/** The primitive of that name, where its form is ruled; text of any kind has none. */
export const primitiveOf = (type: string): Primitive | undefined => primitives.get(type);

const primitives: ReadonlyMap<string, Primitive> = new Map<string, Primitive>([
  ['DT', { rule: 'hl7v2/date', expected: 'a date: YYYY[MM[DD]] is expected', matches: isDate }],
  ['TM', { rule: 'hl7v2/time', expected: 'a time: HH[MM[SS[.S]]][+/-ZZZZ] is expected', matches: isTime }],
  ['DTM', timestamp()],
  ['TS', timestamp()],
  [
    'NM',
    {
      rule: 'hl7v2/number',
      expected: 'a number: digits with an optional sign and decimal point are expected',
      matches: isNumber,
    },
  ],
  [
    'TN',
    {
      rule: 'hl7v2/telephone-number',
      expected: 'a telephone number: [NN] [(999)]999-9999[X99999][B99999][C text] is expected',
      matches: isTelephone,
    },
  ],
  [
    'SI',
    {
      rule: 'hl7v2/set-id',
      expected: 'a sequence id: a whole number without a sign is expected',
      matches: isDigits,
    },
  ],
]);

function timestamp(): Primitive {
  return {
    rule: 'hl7v2/timestamp',
    expected: 'a date and time: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ] is expected',
    matches: isTimestamp,
  };
}

const telephone = /^(?:\d{1,2} )?(?:\(\d{3}\))?\d{3}-\d{4}(?:X\d{1,5})?(?:B\d{1,5})?(?:C.*)?$/;

/** `[NN] [(999)]999-9999[X99999][B99999][C any text]`, of at most 200 characters. */
function isTelephone(bytes: Buffer, start: number, end: number): boolean {
  return end - start <= 200 && telephone.test(bytes.toString('latin1', start, end));
}

const digit = (code: number): boolean => code >= 48 && code <= 57;

function isDigits(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!digit(bytes[i] ?? 0)) return false;
  return end > start;
}

function isNumber(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] ?? 0;
  let digits = 0;
  let points = 0;
  for (let i = first === 43 || first === 45 ? start + 1 : start; i < end; i++) {
    const code = bytes[i] ?? 0;
    if (digit(code)) digits++;
    else if (code === 46) points++;
    else return false;
  }
  return digits > 0 && points < 2;
}

const two = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) - 48) * 10 + (bytes[at + 1] ?? 0) - 48;

/** `YYYY`, `YYYYMM`, `YYYYMMDD`, with a month and a day that exist. */
function isDate(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  return (
    (length === 4 || length === 6 || length === 8) &&
    isDigits(bytes, start, end) &&
    dateExists(bytes, start, length)
  );
}

function dateExists(bytes: Buffer, start: number, length: number): boolean {
  if (length < 6) return true;
  const month = two(bytes, start + 4);
  if (month < 1 || month > 12) return false;
  if (length < 8) return true;
  const day = two(bytes, start + 6);
  return day >= 1 && day <= daysIn(two(bytes, start) * 100 + two(bytes, start + 2), month);
}

function isTimestamp(bytes: Buffer, start: number, end: number): boolean {
  const zone = zoneStart(bytes, start, end);
  if (zone < end && !isZone(bytes, zone, end)) return false;
  const dateEnd = Math.min(start + 8, zone);
  return isDate(bytes, start, dateEnd) && (dateEnd === zone || isClock(bytes, dateEnd, zone));
}

function isTime(bytes: Buffer, start: number, end: number): boolean {
  const zone = zoneStart(bytes, start, end);
  return (zone === end || isZone(bytes, zone, end)) && isClock(bytes, start, zone);
}

function zoneStart(bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = bytes[i] ?? 0;
    if (code === 43 || code === 45) return i;
  }
  return end;
}

/** `+HHMM` or `-HHMM`. */
function isZone(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start === 5 &&
    isDigits(bytes, start + 1, end) &&
    two(bytes, start + 1) < 24 &&
    two(bytes, start + 3) < 60
  );
}

/** `HH[MM[SS[.S[S[S[S]]]]]]` of the 24 hour clock. */
function isClock(bytes: Buffer, start: number, end: number): boolean {
  const point = bytes[start + 6] === 46 && end > start + 6 ? start + 6 : end;
  const fraction = end - point;
  if (fraction > 0 && (fraction === 1 || fraction > 5 || !isDigits(bytes, point + 1, end))) return false;
  const length = point - start;
  if ((length !== 2 && length !== 4 && length !== 6) || !isDigits(bytes, start, point)) return false;
  return (
    two(bytes, start) < 24 &&
    (length < 4 || two(bytes, start + 2) < 60) &&
    (length < 6 || two(bytes, start + 4) < 60)
  );
}
