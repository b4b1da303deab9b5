/** 837: the service lines of a claim count from 1, and their charges add up to the claim's (CLM02). */
import { amountAt, isSame } from './amounts.ts';
import type { LocalReport } from './local-report.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { Sums } from './sums.ts';

interface Claim {
  readonly location: string;
  readonly charge: number;
  sum: number;
  lines: number;
}

/** The element of a service line that holds its charge. */
const charges: ReadonlyMap<string, number> = new Map([
  ['SV1', 2],
  ['SV2', 3],
  ['SV3', 2],
]);

export function claimLines(report: LocalReport): Sums {
  let claim: Claim | undefined;

  function close(): void {
    if (claim === undefined || claim.lines === 0 || isSame(claim.charge, claim.sum)) return;
    report(
      'x12/balance',
      `${claim.location}-02`,
      'CLM-02 is not the sum of the charges of its service lines.',
    );
  }

  function next(reader: SegmentReader, location: string): void {
    const element = charges.get(reader.name);
    if (reader.name === 'CLM') {
      close();
      claim = { location, charge: amountAt(reader, 2), sum: 0, lines: 0 };
    } else if (claim !== undefined && element !== undefined) {
      claim.sum += amountAt(reader, element);
    } else if (claim !== undefined && reader.name === 'LX') {
      claim.lines++;
      if (reader.value(1) === String(claim.lines)) return;
      const message = `LX-01 does not count the service lines of its claim: ${claim.lines} is expected.`;
      report('x12/line-number', `${location}-01`, message);
    }
  }

  return { next, end: close };
}
