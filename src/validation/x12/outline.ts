/** What a reply needs to know of an original: its envelopes. Every value is safe to stand in an X12 element. */
import { SegmentReader } from './segment-reader.ts';

export interface Outline {
  readonly interchange: InterchangeOutline;
  readonly groups: readonly GroupOutline[];
}

interface InterchangeOutline {
  readonly senderQualifier: string;
  readonly sender: string;
  readonly receiverQualifier: string;
  readonly receiver: string;
  readonly date: string;
  readonly time: string;
  readonly number: string;
  readonly usage: string;
}

export interface GroupOutline {
  readonly identifier: string;
  readonly sender: string;
  readonly receiver: string;
  readonly number: string;
  readonly version: string;
  /** GE01: how many transaction sets its sender counted. */
  counted: string;
  readonly transactions: TransactionOutline[];
}

export interface TransactionOutline {
  /** Counts over the whole body, from 1. */
  readonly ordinal: number;
  readonly type: string;
  readonly number: string;
  readonly reference: string;
}

/** Reads the first interchange's header and all groups; garbage has none. */
export function readOutline(original: Uint8Array): Outline {
  const buffer = Buffer.from(original.buffer, original.byteOffset, original.byteLength);
  const reader = new SegmentReader(buffer.toString('latin1'));
  const groups: GroupOutline[] = [];
  let interchange: InterchangeOutline | undefined;
  let ordinal = 0;
  while (reader.next()) {
    const group = groups.at(-1);
    if (reader.name === 'ISA') interchange ??= interchangeOf(reader);
    else if (reader.name === 'GS') groups.push(groupOf(reader));
    else if (reader.name === 'ST') group?.transactions.push(transactionOf(reader, ++ordinal));
    else if (reader.name === 'GE' && group !== undefined) group.counted = safe(reader, 1, 6);
  }
  return { interchange: interchange ?? interchangeOf(new SegmentReader('')), groups };
}

function interchangeOf(reader: SegmentReader): InterchangeOutline {
  return {
    senderQualifier: safe(reader, 5, 2),
    sender: safe(reader, 6, 15),
    receiverQualifier: safe(reader, 7, 2),
    receiver: safe(reader, 8, 15),
    date: safe(reader, 9, 6),
    time: safe(reader, 10, 4),
    number: safe(reader, 13, 9),
    usage: safe(reader, 15, 1),
  };
}

function groupOf(reader: SegmentReader): GroupOutline {
  return {
    identifier: safe(reader, 1, 2),
    sender: safe(reader, 2, 15),
    receiver: safe(reader, 3, 15),
    number: safe(reader, 6, 9),
    version: safe(reader, 8, 12),
    counted: '',
    transactions: [],
  };
}

function transactionOf(reader: SegmentReader, ordinal: number): TransactionOutline {
  const [type, number, reference] = [safe(reader, 1, 3), safe(reader, 2, 9), safe(reader, 3, 35)];
  return { ordinal, type, number, reference };
}

/** Printable ASCII without the delimiters of the reply, cut to what the element may hold. */
function safe(reader: SegmentReader, element: number, most: number): string {
  const value = reader.value(element).slice(0, most * 4);
  return value
    .replaceAll(/[^ -)+-9;-\]_-}]/g, ' ')
    .trim()
    .slice(0, most);
}
