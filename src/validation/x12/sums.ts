/** What has to add up: the charges of a claim (837), and the amounts of a remittance advice (835). */
import type { LocalReport } from './local-report.ts';
import { claimLines } from './sums-of-claims.ts';
import { remittance } from './sums-of-remittance.ts';
import type { SegmentReader } from './segment-reader.ts';

export interface Sums {
  /** Takes each segment of the transaction that has a place in it; `location` is that of the segment. */
  next(reader: SegmentReader, location: string): void;
  /** The transaction ends. */
  end(): void;
}

/** Undefined for a transaction that adds nothing up. */
export function sumsOf(transaction: string, report: LocalReport): Sums | undefined {
  if (transaction === '837') return claimLines(report);
  if (transaction === '835') return remittance(report);
  return undefined;
}
