/** Builds what is stored together: from what was published together, and from verdicts that wait for the next commit. */
import { PACKED_FIELDS } from './packing.ts';
import type { PackedMessages } from './protocol.ts';
import { FIELDS } from './stored-batch.ts';
import type { BodyPlace, NewBatch } from './stream.ts';

/** A message that shares the body of another one. */
export interface Forward {
  readonly subject: string;
  readonly headers: Uint8Array;
  readonly body: BodyPlace;
  /** The object in which the body lies, where it went by claim check. */
  readonly ref: string | undefined;
}

export function packedCount({ layout }: PackedMessages): number {
  return layout.length / PACKED_FIELDS;
}

/** What was published together, as it came. */
export function batchOf(packed: PackedMessages, idOf: (subject: string) => number): NewBatch {
  const ids = packed.subjects.map(idOf);
  const layout = new Float64Array(packedCount(packed) * FIELDS);
  let headersEnd = 0;
  let bodiesEnd = 0;
  eachPacked(packed, (i, subject, headerBytes, size) => {
    headersEnd += headerBytes;
    bodiesEnd += size;
    writeEntry(layout, i, ids[subject] ?? 0, headersEnd, bodiesEnd, size, 0);
  });
  const { bytes, headerBytes } = packed;
  return { layout, headers: bytes.subarray(0, headerBytes), bodies: bytes.subarray(headerBytes) };
}

/** The same messages but for some: the duplicates. */
export function without(packed: PackedMessages, dropped: ReadonlySet<number>): PackedMessages {
  const layout: number[] = [];
  const headers: Uint8Array[] = [];
  const bodies: Uint8Array[] = [];
  let headerAt = 0;
  let bodyAt = packed.headerBytes;
  eachPacked(packed, (i, subject, headerBytes, size) => {
    if (!dropped.has(i)) {
      layout.push(subject, headerBytes, size);
      headers.push(packed.bytes.subarray(headerAt, headerAt + headerBytes));
      bodies.push(packed.bytes.subarray(bodyAt, bodyAt + size));
    }
    headerAt += headerBytes;
    bodyAt += size;
  });
  const headerBytes = headers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { ...packed, layout, headerBytes, bytes: Buffer.concat([...headers, ...bodies]) };
}

/** Messages whose bodies lie elsewhere. */
export function forwardedBatch(forwards: readonly Forward[], idOf: (subject: string) => number): NewBatch {
  const layout = new Float64Array(forwards.length * FIELDS);
  let headersEnd = 0;
  for (const [i, { subject, headers, body }] of forwards.entries()) {
    headersEnd += headers.byteLength;
    writeEntry(layout, i, idOf(subject), headersEnd, 0, body.size, body.bodySeq);
  }
  const headers = Buffer.concat(
    forwards.map((forward) => forward.headers),
    headersEnd,
  );
  return { layout, headers, bodies: headers.subarray(headersEnd) };
}

/** The headers of each message of a batch: views on its buffer. */
export function headersOf(packed: PackedMessages): readonly Uint8Array[] {
  const all: Uint8Array[] = [];
  let at = 0;
  eachPacked(packed, (_i, _subject, headerBytes) => {
    all.push(packed.bytes.subarray(at, at + headerBytes));
    at += headerBytes;
  });
  return all;
}

/** The subject of a packed message. */
export function subjectOf({ subjects, layout }: PackedMessages, i: number): string {
  return subjects[layout[i * PACKED_FIELDS] ?? 0] ?? '';
}

/** Calls back with each message's index, that of its subject, and the bytes of its headers and its body. */
function eachPacked(
  { layout }: PackedMessages,
  visit: (i: number, subject: number, headerBytes: number, size: number) => void,
): void {
  for (let at = 0; at < layout.length; at += PACKED_FIELDS)
    visit(at / PACKED_FIELDS, layout[at] ?? 0, layout[at + 1] ?? 0, layout[at + 2] ?? 0);
}

function writeEntry(
  layout: Float64Array,
  i: number,
  subject: number,
  headersEnd: number,
  bodiesEnd: number,
  size: number,
  bodyOf: number,
): void {
  const at = i * FIELDS;
  layout[at] = subject;
  layout[at + 1] = headersEnd;
  layout[at + 2] = bodiesEnd;
  layout[at + 3] = size;
  layout[at + 4] = bodyOf;
}
