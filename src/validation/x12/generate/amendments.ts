/** Where a model says less or other than its guide: entered by hand from the guides (005010X279A1, 005010X212). */
import { unused, type ElementFact, type LoopFact, type NodeFact, type SegmentFact } from './facts.ts';
import type { SegmentDictionary } from './segment-dictionary.ts';

export type Amendment = (loop: LoopFact, dictionary: SegmentDictionary) => LoopFact;

/**
 * 270: 2110C and 2110D come up to 99 times each; the model has one, since it keeps the last only. EQ asks by a service type
 * or by a procedure, where the model demands the former.
 */
export const inquiry: Amendment = (root, dictionary) =>
  mapSegments(
    mapLoops(noted(root, dictionary), (loop) =>
      /^2110[CD]$/.test(loop.name) ? { ...loop, most: 99 } : loop,
    ),
    'EQ',
    (segment) => ({
      ...segment,
      elements: segment.elements.map((element, index) =>
        index === 0 ? { ...element, required: false } : element,
      ),
    }),
  );

/**
 * 271: 2100A has PER for its contacts, where the model has PRV; LS and LE stand around 2120C and 2120D, behind 2115C and
 * 2115D, where the model has them within these too. EB has a quantity together with its qualifier only, and the guide lists
 * the qualifiers.
 */
export const response: Amendment = (root, dictionary) =>
  mapSegments(
    mapLoops(noted(root, dictionary), (loop) => {
      if (loop.name === '2100A')
        return { ...loop, children: loop.children.flatMap(withContacts(dictionary)) };
      if (!/^2115[CD]$/.test(loop.name)) return loop;
      return { ...loop, children: loop.children.filter(({ name }) => name === 'III') };
    }),
    'EB',
    (segment) => ({
      ...segment,
      elements: segment.elements.map((element, index) =>
        index === 8 ? { ...element, codes: quantities } : element,
      ),
    }),
  );

/** Syntax notes that 004010 and 005010 have alike, and some maps and models leave out. */
const notes = { EQ: ['R0102'], EB: ['P0910'], HSD: ['P0102', 'C0605'] } as const;

/** Each segment with its syntax notes. */
export const noted: Amendment = (root) =>
  Object.entries(notes).reduce(
    (loop, [name, conditions]) => mapSegments(loop, name, (segment) => ({ ...segment, conditions })),
    root,
  );

/** EB09: from maximum and minimum to visits, days and years. */
const quantities = '8H 99 CA CE D3 DB DY HS LA LE M2 MN P6 QA S7 S8 VS YY'.split(' ');

/** 277 and 277CA: the category of any status is of code source 507. */
export const category: Amendment = (root) =>
  mapSegments(root, 'STC', (segment) => ({ ...segment, elements: segment.elements.map(withCategory) }));

/** 277: a claim or service line has a status, where the model lets the list be empty. */
export const status: Amendment = (root, dictionary) =>
  mapLoops(category(root, dictionary), (loop) =>
    /^22[02]0[DE]$/.test(loop.name)
      ? mapSegments(loop, 'STC', (segment) => ({ ...segment, usage: 'R' }))
      : loop,
  );

function mapSegments(loop: LoopFact, name: string, change: (segment: SegmentFact) => SegmentFact): LoopFact {
  const children = loop.children.map((child): NodeFact => {
    if (child.kind === 'loop') return mapSegments(child, name, change);
    return child.name === name ? change(child) : child;
  });
  return { ...loop, children };
}

function withCategory(element: ElementFact): ElementFact {
  if (element.kind !== 'composite') return element;
  const parts = element.parts.map((part, index) =>
    index === 0 ? { ...part, external: 'claim_status_cat' } : part,
  );
  return { ...element, parts };
}

function withContacts(dictionary: SegmentDictionary): (node: NodeFact) => NodeFact[] {
  const known = dictionary.get('PER');
  const contacts: SegmentFact = {
    ...{ kind: 'segment', name: 'PER', usage: 'S', most: 3, position: 0 },
    elements: (known?.elements ?? []).map((element, index) =>
      index === 0 ? { ...unused, ...element, required: true, codes: ['IC'] } : element,
    ),
    conditions: known?.conditions ?? [],
  };
  return (node) => (node.name === 'PRV' ? [{ ...contacts, position: node.position }] : [node]);
}

function mapLoops(loop: LoopFact, change: (loop: LoopFact) => LoopFact): LoopFact {
  const children = loop.children.map((child) => (child.kind === 'loop' ? mapLoops(child, change) : child));
  return change({ ...loop, children });
}
