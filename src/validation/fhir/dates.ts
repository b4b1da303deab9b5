/** Compares dates and times of any precision. */

/**
 * Whether `a` ends after `b` does. A date ends with its last moment: 2012-02-03T10:00:00Z is within 2012-02-03, and not
 * after it; 2012-02-03 is after 2012-02-03T10:00:00Z. False where one of them is no date.
 */
export function endsAfter(a: unknown, b: unknown): boolean {
  const isClockTime = !isZoned(a) || !isZoned(b);
  const [first, second] = [endOf(a, isClockTime), endOf(b, isClockTime)];
  return first !== undefined && second !== undefined && first > second;
}

const parts = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T.+)?)?)?$/;
const zone = /(?:Z|[+-]\d\d:\d\d)$/;

function isZoned(value: unknown): boolean {
  return typeof value === 'string' && value.length > 10 && zone.test(value);
}

/** The moment after it, in milliseconds. Beside a date without a zone, a time counts as the clock on the wall shows it. */
function endOf(value: unknown, isClockTime: boolean): number | undefined {
  const match = typeof value === 'string' ? parts.exec(value) : null;
  if (match === null || typeof value !== 'string') return undefined;
  const [year = 0, month, day] = [match[1], match[2], match[3]].map(numberOf);
  if (match[4] !== undefined) return endOfTime(isClockTime ? value.replace(zone, 'Z') : value);
  if (month === undefined) return Date.UTC(year + 1, 0);
  return day === undefined ? Date.UTC(year, month) : Date.UTC(year, month - 1, day + 1);
}

/** A moment ends with the millisecond that it names. */
function endOfTime(value: string): number | undefined {
  const from = Date.parse(value);
  return Number.isNaN(from) ? undefined : from + 1;
}

function numberOf(part: string | undefined): number | undefined {
  return part === undefined ? undefined : Number(part);
}
