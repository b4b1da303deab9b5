/** What to make of a segment that has no place where it comes, so that one mistake is one finding. */
import { expectedCodes } from './code-list.ts';
import type { Loop, Node, Segment, TransactionMap } from './map.ts';
import { codeAt, firstSegment, matching } from './places.ts';
import type { SegmentReader } from './segment-reader.ts';

/** A place that a segment of its name could have from where the walk stands, were its qualifier another. */
export interface Candidate {
  readonly segment: Segment;
  readonly child: Node;
  readonly within: Loop;
  readonly from: number;
}

/** From the loop at hand outward; of a segment other than HL those of the innermost loop that has some. */
export function candidates(from: Loop, position: number, name: string): Candidate[] {
  const found: Candidate[] = [];
  let begin = position;
  for (let loop: Loop | undefined = from; loop !== undefined; loop = loop.parent) {
    for (const child of loop.children) {
      const segment = child.kind === 'segment' ? child : firstSegment(child);
      if (child.position < begin || segment?.name !== name || segment.qualifier === undefined) continue;
      found.push({ segment, child, within: loop, from: begin });
    }
    if (found.length > 0 && name !== 'HL') return found;
    begin = loop.position;
  }
  return found;
}

/** True where segments of the name come with this code somewhere in the transaction. */
export function isKnownThere(map: TransactionMap, reader: SegmentReader): boolean {
  return map.segmentsNamed(reader.name).some((segment) => matching(segment, reader) !== undefined);
}

/** A rule and a finding about the qualifier of a segment that is taken for one of the candidates. */
export function qualifierFault(reader: SegmentReader, found: readonly Candidate[]) {
  const qualifiers = found.flatMap(({ segment: { qualifier } }) => qualifier ?? []);
  const [qualifier] = qualifiers;
  if (qualifier === undefined) return undefined;
  const { element, component } = qualifier;
  const label = `${reader.name}-${String(element).padStart(2, '0')}${component ? '-1' : ''}`;
  const codes = new Set(qualifiers.flatMap((each) => [...each.codes]));
  const isEmpty = codeAt(reader, qualifier) === '';
  const said = isEmpty
    ? 'is required and has no value'
    : 'has a code that this transaction does not allow here';
  return {
    rule: isEmpty ? 'x12/required-element' : 'x12/code',
    element,
    component: component ? 1 : 0,
    message: `${label} ${said}${expectedCodes(codes)}.`,
  };
}

/** A loop that has no place where the walk stands, or has not been begun: what belongs to it is lost with it. */
export interface Astray {
  /** How a sentence goes on behind "has no place here". */
  readonly because: string;
  /** Names of what may belong to it. */
  readonly names: ReadonlySet<string>;
}

/** How the walk stands: in which loops, and what has come in their present instances. */
export interface Standing {
  isOpen(loop: Loop): boolean;
  hasCome(segment: Segment): boolean;
}

export function astray(map: TransactionMap, reader: SegmentReader, standing: Standing): Astray {
  const all = map.segmentsNamed(reader.name);
  const own = all.filter((segment) => matching(segment, reader) !== undefined);
  const places = own.length > 0 ? own : all;
  const open = places.filter(({ parent }) => parent === undefined || standing.isOpen(parent));
  const late = open.find((segment) => segment.parent === map.root || !standing.hasCome(segment));
  if (late !== undefined) return { because: `: it comes earlier in ${nameOf(late.parent)}`, names: none };
  // What has come before belongs to another instance of its loop, whose beginning is missing.
  const loops = (open.length > 0 ? open : places).map(({ parent }) => parent ?? map.root);
  const lost = [...new Set(loops.map((loop) => outermostClosed(loop, standing)))];
  const near = loops.filter(({ parent }) => parent !== undefined && standing.isOpen(parent));
  const because = sentence(near.length > 0 ? near : lost, reader.name);
  return { because, names: new Set(lost.flatMap(namesIn)) };
}

const none: ReadonlySet<string> = new Set();

export const elsewhere: Astray = { because: ': it belongs elsewhere', names: none };

/** Of the loops around a segment the outermost that has not been begun. */
function outermostClosed(loop: Loop, standing: Standing): Loop {
  let at = loop;
  while (at.parent !== undefined && !standing.isOpen(at.parent)) at = at.parent;
  return at;
}

export function namesIn(loop: Loop): string[] {
  return loop.children.flatMap((child) => (child.kind === 'segment' ? [child.name] : namesIn(child)));
}

const nameOf = (loop: Loop | undefined): string =>
  loop === undefined || loop.name === '' ? 'the transaction' : `loop ${loop.name}`;

function sentence([loop, ...others]: readonly Loop[], name: string): string {
  if (loop === undefined || others.some((other) => other.name !== loop.name)) return elsewhere.because;
  const first = firstSegment(loop)?.name;
  if (first === name) return `: loop ${loop.name} comes earlier in ${nameOf(loop.parent)}`;
  return `: it belongs to loop ${loop.name}, which begins with ${first ?? 'another'}`;
}
