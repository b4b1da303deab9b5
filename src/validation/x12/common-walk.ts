/** One transaction set without a map: each segment by itself against the dictionary of segments, and its levels. */
import { commonSegment } from './dictionary.ts';
import { checkElements, elementReport } from './elements.ts';
import { Hierarchy, UNKNOWN_DEPTH } from './hierarchy.ts';
import { checkIdentifiers } from './identifiers.ts';
import type { LocalReport } from './local-report.ts';
import type { SegmentReader } from './segment-reader.ts';
import { sumsOf, type Sums } from './sums.ts';
import type { Walk } from './walk.ts';

export class CommonWalk implements Walk {
  readonly #report: LocalReport;
  readonly #hierarchy = new Hierarchy();
  readonly #sums: Sums | undefined;

  constructor(transaction: string, report: LocalReport) {
    this.#report = report;
    this.#sums = sumsOf(transaction, report);
  }

  next(reader: SegmentReader, ordinal: number): void {
    const location = `${reader.name}[${ordinal}]`;
    const segment = commonSegment(reader.name);
    if (segment === undefined) {
      this.#report(
        'x12/unknown-segment',
        location,
        `${reader.name} is no segment of health care that is known.`,
      );
      return;
    }
    const report = elementReport(this.#report, location);
    checkElements(reader, segment, report);
    checkIdentifiers(reader, report);
    if (reader.name === 'HL') this.#hierarchy.next(reader, UNKNOWN_DEPTH, report);
    this.#sums?.next(reader, location);
  }

  end(): void {
    this.#hierarchy.end();
    this.#sums?.end();
  }
}
