/**
 * 835: what was paid is what was charged without the adjustments, for each service line and each claim; and the payment is
 * the sum of its claims without the adjustments of the provider (005010X221A1, 1.10.2, Balancing).
 */
import { amountAt, isSame } from './amounts.ts';
import type { LocalReport } from './local-report.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { Sums } from './sums.ts';

/** A claim or a service line: what is left of its charge has to be what was paid. */
interface Open {
  readonly location: string;
  readonly charge: number;
  readonly paid: number;
  adjusted: number;
}

export function remittance(report: LocalReport): Sums {
  let payment: { readonly location: string; readonly amount: number } | undefined;
  let claim: Open | undefined;
  let service: Open | undefined;
  let claimsPaid = 0;
  let providerAdjusted = 0;

  function next(reader: SegmentReader, location: string): void {
    switch (reader.name) {
      case 'BPR':
        payment = { location, amount: amountAt(reader, 2) };
        return;
      case 'CLP':
        closeClaim();
        claim = { location, charge: amountAt(reader, 3), paid: amountAt(reader, 4), adjusted: 0 };
        claimsPaid += claim.paid;
        return;
      case 'SVC':
        closeService();
        service = { location, charge: amountAt(reader, 2), paid: amountAt(reader, 3), adjusted: 0 };
        return;
      case 'CAS':
        adjust(sumOf(reader, 3, 3));
        return;
      case 'PLB':
        closeClaim();
        providerAdjusted += sumOf(reader, 4, 2);
    }
  }

  /** An adjustment of a service line is one of its claim too. */
  function adjust(amount: number): void {
    if (service !== undefined) service.adjusted += amount;
    if (claim !== undefined) claim.adjusted += amount;
  }

  function closeService(): void {
    if (service !== undefined && !isSame(service.charge - service.adjusted, service.paid)) {
      const message = 'SVC-03 is not the charge (SVC-02) without the adjustments of the service line (CAS).';
      report('x12/balance', `${service.location}-03`, message);
    }
    service = undefined;
  }

  function closeClaim(): void {
    closeService();
    if (claim !== undefined && !isSame(claim.charge - claim.adjusted, claim.paid)) {
      const message =
        'CLP-04 is not the charge (CLP-03) without all adjustments of the claim and its lines (CAS).';
      report('x12/balance', `${claim.location}-04`, message);
    }
    claim = undefined;
  }

  function end(): void {
    closeClaim();
    if (payment === undefined || isSame(claimsPaid - providerAdjusted, payment.amount)) return;
    const message =
      'BPR-02 is not the sum of the payments (CLP-04) without the adjustments of the provider (PLB).';
    report('x12/balance', `${payment.location}-02`, message);
  }

  return { next, end };
}

/** The sum of every so-manieth element, up to the last. */
function sumOf(reader: SegmentReader, first: number, step: number): number {
  let sum = 0;
  for (let element = first; element <= reader.count; element += step) sum += amountAt(reader, element);
  return sum;
}
