/** One transaction set, ST to SE, along its map: loops, order, number and presence of segments. */
import { expectedCodes } from './code-list.ts';
import { checkElements, elementReport } from './elements.ts';
import { Hierarchy } from './hierarchy.ts';
import { checkIdentifiers } from './identifiers.ts';
import type { LocalReport } from './local-report.ts';
import type { Loop, Node, Qualifier, Segment, TransactionMap } from './map.ts';
import type { SegmentReader } from './segment-reader.ts';
import { sumsOf, type Sums } from './sums.ts';
import type { Walk } from './walk.ts';

/** Where a segment goes: its place, and the loop of which it begins a new instance. */
interface Target {
  readonly segment: Segment;
  readonly entered: Loop | undefined;
  /** The loop in which the walk goes on: all loops within it are closed. */
  readonly within: Loop;
  /** Where the walk stood in it, and where it goes on: what lies between cannot come any more. */
  readonly from: number;
  readonly to: number;
}

export class TransactionWalk implements Walk {
  readonly #map: TransactionMap;
  readonly #report: LocalReport;
  /** How often each node came in the present instance of the loop around it. */
  readonly #counts: Int32Array;
  #loop: Loop;
  #position = 0;
  readonly #hierarchy = new Hierarchy();
  readonly #sums: Sums | undefined;

  constructor(map: TransactionMap, report: LocalReport) {
    this.#map = map;
    this.#report = report;
    this.#counts = new Int32Array(map.size);
    this.#loop = map.root;
    this.#sums = sumsOf(map.transaction, report);
  }

  next(reader: SegmentReader, ordinal: number): void {
    const target = this.#find(reader);
    if (target === undefined) {
      this.#reportLost(reader.name, ordinal);
      return;
    }
    this.#close(target.within, ordinal);
    if (target.from < target.to) this.#reportMissing(target.within, target.to, ordinal);
    this.#enter(target, ordinal);
    this.#count(target.segment, ordinal);
    this.#loop = target.segment.parent ?? this.#map.root;
    this.#position = target.segment.position;
    this.#check(reader, target.segment, ordinal);
  }

  end(ordinal: number): void {
    this.#close(this.#map.root, ordinal);
    this.#reportMissing(this.#map.root, Infinity, ordinal);
    this.#hierarchy.end();
    this.#sums?.end();
  }

  #check(reader: SegmentReader, segment: Segment, ordinal: number): void {
    const location = locationOf(segment, ordinal);
    const report = elementReport(this.#report, location);
    checkElements(reader, segment, report);
    checkIdentifiers(reader, report);
    if (segment.name === 'HL') this.#hierarchy.next(reader, segment.parent?.depth ?? 0, report);
    this.#sums?.next(reader, location);
  }

  /**
   * Onward in the loop at hand, then in each loop around it; nothing may come again that lies behind. What came as often
   * as it may is taken once more only where there is no other place.
   */
  #find(reader: SegmentReader): Target | undefined {
    let position = this.#position;
    let exhausted: Target | undefined;
    for (let loop: Loop | undefined = this.#loop; loop !== undefined; loop = loop.parent) {
      for (const child of loop.children) {
        if (child.position < position) continue;
        const segment = child.kind === 'segment' ? matching(child, reader) : entry(child, reader);
        if (segment === undefined) continue;
        const entered = child.kind === 'loop' ? child : undefined;
        const target = { segment, entered, within: loop, from: position, to: child.position };
        if ((this.#counts[child.id] ?? 0) < child.most) return target;
        if (exhausted === undefined || exhausted.segment === segment) exhausted = target;
      }
      position = loop.position;
    }
    return exhausted;
  }

  /** Leaves the loops up to, not including, one of them: what is required in each has to be there. */
  #close(until: Loop, ordinal: number): void {
    for (let loop: Loop | undefined = this.#loop; loop !== undefined && loop !== until; loop = loop.parent) {
      this.#reportMissing(loop, Infinity, ordinal);
    }
  }

  #enter({ entered, segment }: Target, ordinal: number): void {
    const path: Loop[] = [];
    for (let loop = segment.parent; entered !== undefined && loop !== undefined; loop = loop.parent) {
      path.unshift(loop);
      if (loop === entered) break;
    }
    for (const loop of path) {
      this.#count(loop, ordinal);
      this.#counts.fill(0, loop.id + 1, loop.last + 1);
    }
  }

  #count(node: Node, ordinal: number): void {
    const count = (this.#counts[node.id] ?? 0) + 1;
    this.#counts[node.id] = count;
    if (count <= node.most) return;
    const first = node.kind === 'loop' ? firstSegment(node) : node;
    const location = first === undefined ? node.name : locationOf(first, ordinal);
    const what = node.kind === 'loop' ? `Loop ${node.name}` : node.name;
    const message = `${what} comes more often than it may: at most ${node.most} here.`;
    this.#report(node.kind === 'loop' ? 'x12/loop-repeat' : 'x12/segment-repeat', location, message);
  }

  /** What is required before a position and did not come; each is reported once, as if it had come. */
  #reportMissing(loop: Loop, before: number, ordinal: number): void {
    for (const child of loop.children) {
      if (child.position >= before) return;
      if (!child.required || (this.#counts[child.id] ?? 0) > 0) continue;
      this.#counts[child.id] = 1;
      const first = child.kind === 'loop' ? firstSegment(child) : child;
      const where = loop.name === '' ? 'the transaction' : `loop ${loop.name}`;
      const location = first === undefined ? child.name : locationOf(first, ordinal);
      if (child.kind === 'loop') {
        this.#report(
          'x12/required-loop',
          location,
          `Loop ${child.name} is required in ${where}, and begins with ${first?.name ?? 'nothing'}.`,
        );
      } else {
        this.#report(
          'x12/required-segment',
          location,
          `${child.name} is required in ${where} and is missing.`,
        );
      }
    }
  }

  /** Of the segments of a name that could still come, in the order of `#find`. */
  #qualifiersOf(name: string): Qualifier[] {
    const qualifiers: Qualifier[] = [];
    let position = this.#position;
    for (let loop: Loop | undefined = this.#loop; loop !== undefined; loop = loop.parent) {
      for (const child of loop.children) {
        const segment = child.kind === 'segment' ? child : firstSegment(child);
        if (child.position < position || segment?.name !== name) continue;
        if (segment.qualifier !== undefined) qualifiers.push(segment.qualifier);
      }
      position = loop.position;
    }
    return qualifiers;
  }

  #reportLost(name: string, ordinal: number): void {
    const location = `${this.#loop.name === '' ? '' : `${this.#loop.name}/`}${name}[${ordinal}]`;
    if (this.#map.hasSegment(name)) {
      this.#report('x12/segment-order', location, lostSentence(name, this.#qualifiersOf(name)));
    } else {
      this.#report('x12/unknown-segment', location, `${name} is no segment of this transaction.`);
    }
  }
}

/** Segments of the name may come where their code is another; where none may, it belongs elsewhere. */
function lostSentence(name: string, [qualifier, ...others]: readonly Qualifier[]): string {
  if (qualifier === undefined) return `${name} has no place here: it belongs elsewhere.`;
  const codes = new Set([qualifier, ...others].flatMap((each) => [...each.codes]));
  const address = `${name}-${String(qualifier.element).padStart(2, '0')}${qualifier.component ? '-1' : ''}`;
  return `${name} has no place here with the code in ${address}${expectedCodes(codes)}.`;
}

/** `2000A/HL[3]`. */
function locationOf(segment: Segment, ordinal: number): string {
  const loop = segment.parent?.name ?? '';
  return `${loop === '' ? '' : `${loop}/`}${segment.name}[${ordinal}]`;
}

/** The segment itself where name and qualifier agree. */
function matching(segment: Segment, reader: SegmentReader): Segment | undefined {
  if (segment.name !== reader.name) return undefined;
  const { qualifier } = segment;
  if (qualifier === undefined) return segment;
  const end = reader.end(qualifier.element);
  const start = reader.start(qualifier.element);
  if (qualifier.element > reader.count) return undefined;
  const value = reader.text.slice(start, qualifier.component ? componentEnd(reader, start, end) : end);
  return qualifier.codes.has(value) ? segment : undefined;
}

function componentEnd({ text, delimiters }: SegmentReader, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== delimiters.component) at++;
  return at;
}

/** The segment of a loop with which it begins: its first, or, where that may be left out, one behind it. */
function entry(loop: Loop, reader: SegmentReader): Segment | undefined {
  for (const child of loop.children) {
    const found = child.kind === 'segment' ? matching(child, reader) : entry(child, reader);
    if (found !== undefined) return found;
    if (child.required) return undefined;
  }
  return undefined;
}

function firstSegment(loop: Loop): Segment | undefined {
  const [first] = loop.children;
  return first?.kind === 'loop' ? firstSegment(first) : first;
}
