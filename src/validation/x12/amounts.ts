/** Amounts of money as they stand in a segment. */
import type { SegmentReader } from './segment-reader.ts';

/** An amount; 0 where there is none, NaN for what is no number. */
export function amountAt(reader: SegmentReader, element: number): number {
  if (reader.isEmpty(element)) return 0;
  const text = reader.value(element);
  return /^-?\d*\.?\d+$|^-?\d+\.$/.test(text) ? Number(text) : NaN;
}

/** True where two amounts are the same but for what binary fractions lose; an amount that is none differs from nothing. */
export const isSame = (one: number, other: number): boolean => !(Math.abs(one - other) >= 0.005);
