/** Sizes and durations with their units. */

/** Bytes in one of each unit: decimal (SI) and binary (IEC 80000-13). Letters of either case. */
const sizeUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/** Seconds in one of each unit. */
const durationUnits: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** Bytes, or undefined where the text is not a size. */
export function parseSize(text: string): number | undefined {
  const bytes = parseQuantity(text, sizeUnits);
  return bytes === undefined ? undefined : Math.round(bytes);
}

/** Seconds, or undefined where the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, durationUnits);
}

function parseQuantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const match = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]{0,3})\s*$/i.exec(text);
  const unit = units.get(match?.[2]?.toLowerCase() ?? '?');
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
