/** Where in its map a segment has its place: by its name, and by the code that tells segments of one name apart. */
import type { Loop, Qualifier, Segment } from './map.ts';
import type { SegmentReader } from './segment-reader.ts';

/** The segment itself where name and qualifier agree. */
export function matching(segment: Segment, reader: SegmentReader): Segment | undefined {
  if (segment.name !== reader.name) return undefined;
  const { qualifier } = segment;
  if (qualifier === undefined) return segment;
  if (qualifier.element > reader.count) return undefined;
  return qualifier.codes.has(codeAt(reader, qualifier)) ? segment : undefined;
}

/** What stands in the place of a qualifier. */
export function codeAt(reader: SegmentReader, { element, component }: Qualifier): string {
  if (element > reader.count) return '';
  const [start, end] = [reader.start(element), reader.end(element)];
  return reader.text.slice(start, component ? componentEnd(reader, start, end) : end);
}

function componentEnd({ text, delimiters }: SegmentReader, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== delimiters.component) at++;
  return at;
}

/** The segment of a loop with which it begins: its first, or, where that may be left out, one behind it. */
export function entry(loop: Loop, reader: SegmentReader): Segment | undefined {
  for (const child of loop.children) {
    const found = child.kind === 'segment' ? matching(child, reader) : entry(child, reader);
    if (found !== undefined) return found;
    if (child.required) return undefined;
  }
  return undefined;
}

export function firstSegment(loop: Loop): Segment | undefined {
  const [first] = loop.children;
  return first?.kind === 'loop' ? firstSegment(first) : first;
}

/** The HL with which a loop in this one begins, at any depth, where its code agrees. */
export function levelIn(loop: Loop, reader: SegmentReader): Segment | undefined {
  for (const child of loop.children) {
    const found = child.kind === 'segment' ? matching(child, reader) : levelIn(child, reader);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True for the loop itself too. */
export function isAround(outer: Loop, inner: Loop): boolean {
  let loop: Loop | undefined = inner;
  while (loop !== undefined && loop !== outer) loop = loop.parent;
  return loop === outer;
}

/** `2000A/HL[3]`. */
export function locationOf(segment: Segment, ordinal: number): string {
  return locationIn(segment.parent, segment.name, ordinal);
}

export function locationIn(loop: Loop | undefined, name: string, ordinal: number): string {
  const around = loop?.name ?? '';
  return `${around === '' ? '' : `${around}/`}${name}[${ordinal}]`;
}
