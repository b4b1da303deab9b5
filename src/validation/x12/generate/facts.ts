/** What the sources say of a transaction, in one shape for both, before it is written as a table. */
import type { Usage } from '../map.ts';
import type { CodeSets } from './code-sets.ts';

export interface ElementFact {
  readonly kind: 'unused' | 'simple' | 'composite';
  readonly required: boolean;
  /** How often it may come; 0 is without limit. */
  readonly repeat: number;
  /** Of a simple element: `ID`, and its shortest and longest as digits; empty where no source says it. */
  readonly type: string;
  readonly least: string;
  readonly most: string;
  readonly codes: readonly string[];
  /** The list outside of the guide from which its codes come, such as `pos`. */
  readonly external: string;
  /** So many digits are expected somewhere in it; 0 for no such demand. */
  readonly digits: number;
  readonly parts: readonly ElementFact[];
}

export interface SegmentFact {
  readonly kind: 'segment';
  readonly name: string;
  readonly usage: Usage;
  /** 0 is without limit. */
  readonly most: number;
  readonly position: number;
  readonly elements: readonly ElementFact[];
  /** Such as `P0304`. */
  readonly conditions: readonly string[];
}

export interface LoopFact {
  readonly kind: 'loop';
  readonly name: string;
  readonly usage: Usage;
  readonly most: number;
  readonly position: number;
  readonly children: readonly NodeFact[];
}

export type NodeFact = SegmentFact | LoopFact;

export const unused: ElementFact = {
  ...{ kind: 'unused', required: false, repeat: 1, type: '', least: '', most: '' },
  ...{ codes: [], external: '', digits: 0, parts: [] },
};

/** All segments of a loop and the loops within it. */
export function segmentsOf(loop: LoopFact): SegmentFact[] {
  return loop.children.flatMap((child) => (child.kind === 'segment' ? [child] : segmentsOf(child)));
}

/** In the notation of `element-notation.ts`. */
export function notationOf(elements: readonly ElementFact[], codes: CodeSets): string {
  return elements.map((element) => notation(element, codes)).join(' ');
}

function notation(fact: ElementFact, codes: CodeSets): string {
  if (fact.kind === 'unused') return '-';
  const mark = fact.required ? '!' : '';
  const repeat = fact.repeat === 1 ? '' : `^${fact.repeat}`;
  if (fact.kind === 'composite') return `(${mark}${repeat} ${notationOf(fact.parts, codes)} )`;
  const external = fact.external === '' ? '' : `=${fact.external}`;
  const digits = fact.digits === 0 ? '' : `%${fact.digits}`;
  return `${fact.type}:${fact.least}:${fact.most}${mark}${codes.notation(fact.codes)}${external}${digits}${repeat}`;
}
