/**
 * What is common to a segment wherever it comes: of each element its data type and length, and whether every guide requires
 * it; the syntax notes that most of its uses state. Made from all maps of one source, those of version 005010 first.
 */
import { segmentsOf, unused, type ElementFact, type LoopFact, type SegmentFact } from './facts.ts';

export interface SegmentCommons {
  readonly name: string;
  readonly elements: readonly ElementFact[];
  readonly conditions: readonly string[];
}

export type SegmentDictionary = ReadonlyMap<string, SegmentCommons>;

/**
 * Of the maps of an older version, segments are taken that the newer ones do not have, and none of their codes; and what they
 * do not require is required by no standard.
 */
export function segmentDictionary(newer: readonly LoopFact[], older: readonly LoopFact[]): SegmentDictionary {
  const before = new Map(commonsOf(older));
  const uncoded = [...before].map(([name, commons]): [string, SegmentCommons] => [
    name,
    { ...commons, elements: commons.elements.map(withoutCodes) },
  ]);
  const known = commonsOf(newer).map(([name, commons]): [string, SegmentCommons] => [
    name,
    { ...commons, elements: bothRequire(commons.elements, before.get(name)?.elements ?? commons.elements) },
  ]);
  return new Map([...uncoded, ...known].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function bothRequire(elements: readonly ElementFact[], others: readonly ElementFact[]): ElementFact[] {
  return elements.map((element, index) => {
    const other = others[index];
    const required = element.required && other?.required === true;
    return { ...element, required, parts: bothRequire(element.parts, other?.parts ?? element.parts) };
  });
}

export function withoutCodes(element: ElementFact): ElementFact {
  return { ...element, codes: [], external: '', parts: element.parts.map(withoutCodes) };
}

function commonsOf(maps: readonly LoopFact[]): [string, SegmentCommons][] {
  const byName = Map.groupBy(maps.flatMap(segmentsOf), ({ name }) => name);
  return [...byName].map(([name, uses]) => [
    name,
    {
      name,
      elements: common(uses.map(({ elements }) => elements)),
      conditions: conditionsOf(uses),
    },
  ]);
}

function common(uses: readonly (readonly ElementFact[])[]): ElementFact[] {
  const count = Math.max(...uses.map(({ length }) => length));
  return Array.from({ length: count }, (_, index) => commonElement(uses.map((elements) => elements[index])));
}

function commonElement(uses: readonly (ElementFact | undefined)[]): ElementFact {
  const used = uses.filter((fact): fact is ElementFact => fact !== undefined && fact.kind !== 'unused');
  const first = used.find((fact) => fact.kind === 'composite') ?? used[0];
  if (first === undefined) return { ...unused, kind: 'simple', type: 'AN' };
  const composites = used.filter(({ kind }) => kind === 'composite');
  return {
    ...first,
    required: used.length === uses.length && used.every(({ required }) => required),
    repeat: used.every(({ repeat }) => repeat === 1) ? 1 : 0,
    // A code that no guide has is wrong wherever the segment comes; where one guide leaves it open, it is open.
    codes: isCoded(used) ? [...new Set(used.flatMap(({ codes }) => codes))] : [],
    external: used.every(({ external }) => external === first.external) ? first.external : '',
    digits: 0,
    parts: first.kind === 'composite' ? common(composites.map(({ parts }) => parts)) : [],
  };
}

const isCoded = (facts: readonly ElementFact[]): boolean =>
  facts.every(({ type, codes }) => type === 'ID' && codes.length > 0);

/** A guide may leave a note out; a note of one guide alone may be its own. */
function conditionsOf(uses: readonly SegmentFact[]): string[] {
  const counts = new Map<string, number>();
  for (const note of uses.flatMap(({ conditions }) => [...new Set(conditions)])) {
    counts.set(note, (counts.get(note) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count * 2 >= uses.length).map(([note]) => note);
}
