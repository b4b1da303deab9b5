/** What a reply needs to know of an original: its envelopes. Every value is safe to stand in an X12 element. */
import type { Delimiters } from './delimiters.ts';
import { SegmentReader } from './segment-reader.ts';

export interface InterchangeOutline {
  /** Counts over the whole body, from 1. */
  readonly ordinal: number;
  readonly senderQualifier: string;
  readonly sender: string;
  readonly receiverQualifier: string;
  readonly receiver: string;
  readonly date: string;
  readonly time: string;
  readonly version: string;
  readonly number: string;
  /** ISA14: its sender asks for a TA1. */
  readonly asksForNote: boolean;
  readonly usage: string;
  readonly groups: GroupOutline[];
  /** It holds a TA1. */
  acknowledges: boolean;
}

export interface GroupOutline {
  readonly ordinal: number;
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
  readonly ordinal: number;
  readonly type: string;
  readonly number: string;
  readonly reference: string;
  /** From which segment on the sender's own number for its business is which, in order. */
  readonly units: BusinessUnit[];
}

/** A claim, an inquiry, a member: what its sender calls it, which stands in CTX of a 999. */
export interface BusinessUnit {
  /** The position of its segment, ST being 1. */
  readonly from: number;
  /** CTX01-1, such as `CLM01`; empty where none holds from here on. */
  readonly name: string;
  readonly value: string;
}

/** A segment of more characters is none: what follows it is not read. */
const MOST_REST = 1024 * 1024;

/** All interchanges of a body, whole or as it comes; garbage has none. Rejects with what its source rejects with. */
export async function readOutline(
  original: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<readonly InterchangeOutline[]> {
  const outline = new Outline();
  let rest = '';
  for await (const chunk of original instanceof Uint8Array ? [original] : original) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    rest = outline.read(rest + bytes.toString('latin1'), false);
    if (rest.length > MOST_REST) break;
  }
  outline.read(rest, true);
  return outline.interchanges;
}

class Outline {
  readonly interchanges: InterchangeOutline[] = [];
  #groups = 0;
  #transactions = 0;
  #open: TransactionOutline | undefined;
  #position = 0;
  #delimiters: Delimiters | undefined;
  /** True behind an ISA that does not tell where a segment ends. */
  #isOver = false;

  /** Takes the segments of a text; answers with what is left of it where the last one may go on. */
  read(text: string, isLast: boolean): string {
    if (this.#isOver) return '';
    const reader = new SegmentReader(text, this.#delimiters);
    for (let from = reader.position; ; from = reader.position) {
      const isWhole = reader.next() && (isLast || reader.terminated);
      this.#delimiters = reader.delimiters;
      this.#isOver = reader.endless;
      if (!isWhole) return text.slice(from);
      this.#take(reader);
    }
  }

  #take(reader: SegmentReader): void {
    const interchange = this.interchanges.at(-1);
    const group = interchange?.groups.at(-1);
    this.#position++;
    switch (reader.name) {
      case 'ISA':
        this.interchanges.push(interchangeOf(reader, this.interchanges.length + 1));
        break;
      case 'TA1':
        if (interchange !== undefined) interchange.acknowledges = true;
        break;
      case 'GS':
        interchange?.groups.push(groupOf(reader, ++this.#groups));
        break;
      case 'GE':
        if (group !== undefined) group.counted = safe(reader, 1, 6);
        break;
      case 'ST':
        this.#open = transactionOf(reader, ++this.#transactions);
        this.#position = 1;
        group?.transactions.push(this.#open);
        break;
      case 'SE':
        this.#open = undefined;
        break;
      default:
        if (this.#open !== undefined) noteUnit(this.#open, reader, this.#position);
    }
  }
}

function interchangeOf(reader: SegmentReader, ordinal: number): InterchangeOutline {
  return {
    ordinal,
    senderQualifier: safe(reader, 5, 2),
    sender: safe(reader, 6, 15),
    receiverQualifier: safe(reader, 7, 2),
    receiver: safe(reader, 8, 15),
    date: safe(reader, 9, 6),
    time: safe(reader, 10, 4),
    version: safe(reader, 12, 5),
    number: safe(reader, 13, 9),
    asksForNote: reader.value(14) === '1',
    usage: safe(reader, 15, 1),
    groups: [],
    acknowledges: false,
  };
}

function groupOf(reader: SegmentReader, ordinal: number): GroupOutline {
  return {
    ordinal,
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
  return { ordinal, type, number, reference, units: [] };
}

/** Where a transaction names its business unit (005010X231A1, CTX Business Unit Identifier). */
const unitsOf: ReadonlyMap<
  string,
  { readonly segment: string; readonly element: number; readonly name: string }
> = new Map([
  ['820', { segment: 'ENT', element: 1, name: 'ENT01' }],
  ['834', { segment: 'REF', element: 2, name: 'SUBSCRIBER NUMBER REF02' }],
  ['837', { segment: 'CLM', element: 1, name: 'CLM01' }],
  ...['270', '271', '276', '277', '278', '835'].map(
    (type) => [type, { segment: 'TRN', element: 2, name: 'TRN02' }] as const,
  ),
]);

/** REF names the subscriber where its qualifier is 0F. A new level or member has not been named yet. */
function noteUnit({ type, units }: TransactionOutline, reader: SegmentReader, from: number): void {
  const unit = unitsOf.get(type);
  if (reader.name === unit?.segment && (reader.name !== 'REF' || reader.value(1) === '0F')) {
    units.push({ from, name: unit.name, value: safe(reader, unit.element, 35) });
  } else if ((reader.name === 'HL' || reader.name === 'INS') && units.at(-1)?.name !== '') {
    units.push({ from, name: '', value: '' });
  }
}

/**
 * Printable ASCII without the delimiters of the reply, cut to what the element may hold. A copy of its own, so that nobody
 * keeps the whole body by keeping it.
 */
function safe(reader: SegmentReader, element: number, most: number): string {
  const value = Buffer.from(reader.value(element).slice(0, most * 4), 'latin1').toString('latin1');
  return value
    .replaceAll(/[^ -)+-9;-\]_-}]/g, ' ')
    .trim()
    .slice(0, most);
}
