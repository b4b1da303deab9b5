/** What ST and GS say of a transaction set, and whether they agree (ASC X12.6; the guides, GS08 and ST03). */
import type { HeaderReport } from './envelope-elements.ts';
import { groupOf, isKnownVersion, mayBeOfGuide, usesReference } from './map.ts';
import type { SegmentReader } from './segment-reader.ts';

/** The group around a transaction set. */
export interface GroupHeader {
  /** The functional identifier, GS01. */
  readonly kind: string;
  /** GS08. */
  readonly version: string;
}

export function checkVersion(reader: SegmentReader, report: HeaderReport): void {
  if (isKnownVersion(reader.value(8))) return;
  report('x12/version', 8, 'GS-08 names no version and guide that is known, such as 005010X222A1.');
}

export function checkTransaction(
  reader: SegmentReader,
  group: GroupHeader | undefined,
  report: HeaderReport,
): void {
  const transaction = reader.value(1);
  const expected = groupOf(transaction);
  if (expected === undefined) {
    report('x12/unknown-transaction', 1, 'ST-01 names no transaction set of health care, such as 837.');
  } else if (group !== undefined && group.kind !== expected) {
    const message = `ST-01 is not of the group: for ${transaction}, GS-01 is expected to be ${expected}.`;
    report('x12/functional-identifier', 1, message);
  }
  if (group === undefined) return;
  if (!mayBeOfGuide(transaction, group.version)) {
    const message = 'ST-01 is no transaction of the guide that GS-08 names.';
    report('x12/functional-identifier', 1, message);
  }
  checkReference(reader, group.version, report);
}

/** The whole name has to be the same: the guide without its addenda is another guide. */
function checkReference(reader: SegmentReader, version: string, report: HeaderReport): void {
  const reference = reader.value(3);
  if (usesReference(reader.value(1), version)) {
    if (reference === version) return;
    const said = reference === '' ? 'is empty' : 'does not name the same';
    const message = `ST-03 ${said}: the version and guide of GS-08 are expected.`;
    report('x12/implementation-reference', 3, message);
  } else if (version !== '' && reference !== version && reference.startsWith(version)) {
    const message =
      'GS-08 names only a part of the version and guide of ST-03: both are expected to be the same.';
    report('x12/implementation-reference', 3, message);
  } else if (reference !== '' && /^00[45]010/.test(version)) {
    const message = 'ST-03 is not used in this transaction and version, and has to be empty.';
    report('x12/transaction-element', 3, message);
  }
}
