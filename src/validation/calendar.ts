/** The proleptic Gregorian calendar, which the dates of all four formats follow. */

const daysOfMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** How many days the month (1 to 12) has; 0 where there is no such month. */
export function daysIn(year: number, month: number): number {
  if (month === 2 && isLeapYear(year)) return 29;
  return daysOfMonth[month - 1] ?? 0;
}

/** Whether there is such a day: `isDay(1980, 13, 45)` is false. */
export function isDay(year: number, month: number, day: number): boolean {
  return day >= 1 && day <= daysIn(year, month);
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
