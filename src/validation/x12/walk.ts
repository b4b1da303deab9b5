/** A way through one transaction set, from the segment behind ST to the one before SE. */
import type { SegmentReader } from './segment-reader.ts';

export interface Walk {
  /** Takes the segment at which the reader stands; `ordinal` counts within the transaction, ST being 1. */
  next(reader: SegmentReader, ordinal: number): void;
  /** The transaction ends; `ordinal` is that of its SE. */
  end(ordinal: number): void;
}
