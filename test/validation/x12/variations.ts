/**
 * Interchanges that may be valid or not: good ones with a segment left out, doubled, moved, exchanged or borrowed from
 * another, or an element changed. Only a second validator can tell what they are.
 */
import { Random } from './random.ts';

/** So many, always the same; each is made from one of the good ones, and its segments are counted anew. */
export function variationsOf(good: readonly string[], count: number): string[] {
  const random = new Random(20_260_314);
  const seeds = good.map(split);
  return Array.from({ length: count }, () => join(recounted(varied(random.of(seeds), seeds, random))));
}

type Segments = readonly (readonly string[])[];

const split = (text: string): Segments =>
  text
    .split('~')
    .map((segment) => segment.trimStart())
    .filter((segment) => segment !== '')
    .map((segment) => segment.split('*'));

const join = (segments: Segments): string => segments.map((segment) => `${segment.join('*')}~\n`).join('');

function recounted(segments: Segments): Segments {
  const start = segments.findIndex(([name]) => name === 'ST');
  return segments.map((segment, at) =>
    segment[0] === 'SE' ? segment.with(1, String(at - start + 1)) : segment,
  );
}

/** What stands between ST and SE is changed. */
const inside = (segments: Segments, random: Random): number => 3 + random.below(segments.length - 6);

const values = [
  '1',
  'AA',
  '20260101',
  'X',
  'ABC DEF',
  '12',
  'N',
  'Y',
  '0',
  'IC',
  '12.5',
  '-3',
  'A:B',
  'D8',
  'RD8',
];

function varied(segments: Segments, others: readonly Segments[], random: Random): Segments {
  const at = inside(segments, random);
  const segment = segments[at] ?? [];
  switch (random.below(7)) {
    case 0:
      return segments.toSpliced(at, 1);
    case 1:
      return segments.toSpliced(at, 0, segment);
    case 2:
      return segments.with(at, segments[at + 1] ?? []).with(at + 1, segment);
    case 3: {
      const without = segments.toSpliced(at, 1);
      return without.toSpliced(inside(without, random), 0, segment);
    }
    case 4: {
      const other = random.of(others);
      return segments.toSpliced(at, 0, other[inside(other, random)] ?? []);
    }
    case 5:
      return segments.with(at, shortened(segment.with(1 + random.below(segment.length - 1), '')));
    default:
      return segments.with(at, withValue(segment, 1 + random.below(segment.length + 1), random.of(values)));
  }
}

function withValue(segment: readonly string[], element: number, value: string): readonly string[] {
  const longer = [...segment, ...Array.from({ length: Math.max(0, element - segment.length + 1) }, () => '')];
  return longer.with(element, value);
}

/** Without separators that nothing follows. */
function shortened(segment: readonly string[]): readonly string[] {
  return segment.slice(0, segment.findLastIndex((element) => element !== '') + 1);
}
