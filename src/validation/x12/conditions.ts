/** The syntax notes of segments: which elements depend on each other (ASC X12.6). */
import type { SegmentReader } from './segment-reader.ts';

/** P all or none, R at least one, E at most one, C the first calls for all, L the first calls for one. */
export interface Condition {
  readonly kind: string;
  readonly elements: readonly number[];
}

/** From `P0304 R0203`. */
export const conditionsOf = (notes: string): readonly Condition[] =>
  notes === '' ? [] : notes.split(' ').map(condition);

function condition(notation: string): Condition {
  return { kind: notation.charAt(0), elements: (notation.slice(1).match(/../g) ?? []).map(Number) };
}

export function isBroken(reader: SegmentReader, { kind, elements }: Condition): boolean {
  let present = 0;
  for (const element of elements) if (!reader.isEmpty(element)) present++;
  const first = elements[0] ?? 0;
  return (
    (kind === 'P' && present > 0 && present < elements.length) ||
    (kind === 'R' && present === 0) ||
    (kind === 'E' && present > 1) ||
    (kind === 'C' && present < elements.length && !reader.isEmpty(first)) ||
    (kind === 'L' && present === 1 && !reader.isEmpty(first))
  );
}

/** What it demands, with the elements' addresses. */
export function demandOf({ kind }: Condition, labels: readonly string[]): string {
  const [first = '', ...others] = labels;
  const list = labels.join(', ');
  if (kind === 'P') return `${list} come together or not at all.`;
  if (kind === 'R') return `One of ${list} is required.`;
  if (kind === 'E') return `Only one of ${list} may have a value.`;
  return `${first} calls for ${kind === 'L' ? 'one of ' : ''}${others.join(', ')}.`;
}
