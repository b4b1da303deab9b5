/** One transaction set, ST to SE, along its map: loops, order, number and presence of segments. */
import { checkElements, elementReport } from './elements.ts';
import { Hierarchy } from './hierarchy.ts';
import { checkIdentifiers } from './identifiers.ts';
import type { LocalReport } from './local-report.ts';
import type { Loop, Node, Segment, TransactionMap } from './map.ts';
import { entry, firstSegment, isAround, levelIn, locationIn, locationOf, matching } from './places.ts';
import {
  astray,
  type Candidate,
  candidates,
  elsewhere,
  isKnownThere,
  namesIn,
  qualifierFault,
  type Standing,
} from './recovery.ts';
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
  /** True where the segment was taken for one that it may not be: nothing more is said of it. */
  readonly guessed: boolean;
}

/** In the place of a count: it did not come, and that has been reported. */
const MISSED = -1;

/** Of so many segments without a place it is found out to which loop they belong, which takes its time. */
const MOST_LOST = 1000;

export class TransactionWalk implements Walk {
  readonly #map: TransactionMap;
  readonly #report: LocalReport;
  /** How often each node came in the present instance of the loop around it. */
  readonly #counts: Int32Array;
  #loop: Loop;
  #position = 0;
  /** What may belong to a loop that is lost: the next loop that is begun ends it. */
  #astray: ReadonlySet<string> | undefined;
  #lost = 0;
  readonly #standing: Standing = {
    isOpen: (loop) => isAround(loop, this.#loop),
    hasCome: ({ id }) => (this.#counts[id] ?? 0) > 0,
  };
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
    const target = this.#find(reader) ?? this.#recover(reader, ordinal);
    if (target === undefined) return;
    const isTold = this.#astray !== undefined;
    if (isTold && target.entered !== undefined && !target.guessed) this.#astray = undefined;
    this.#close(target.within, ordinal);
    if (target.from < target.to) this.#reportMissing(target.within, target.to, ordinal);
    this.#enter(target, ordinal, isTold);
    this.#count(target.segment, ordinal);
    this.#loop = target.segment.parent ?? this.#map.root;
    this.#position = target.segment.position;
    this.#check(reader, target, ordinal, isTold);
  }

  end(ordinal: number): void {
    this.#close(this.#map.root, ordinal);
    this.#reportMissing(this.#map.root, Infinity, ordinal);
    this.#hierarchy.end();
    this.#sums?.end();
  }

  /** `isTold`: that a loop is lost has been said, which explains its number too. */
  #check(reader: SegmentReader, { segment, guessed }: Target, ordinal: number, isTold: boolean): void {
    const location = locationOf(segment, ordinal);
    const report = elementReport(this.#report, location);
    if (!guessed) checkElements(reader, segment, report);
    checkIdentifiers(reader, report);
    const ofLevels = isTold || guessed ? () => undefined : report;
    if (segment.name === 'HL') this.#hierarchy.next(reader, segment.parent?.depth ?? 0, ofLevels);
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
        const target = { segment, entered, within: loop, from: position, to: child.position, guessed: false };
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

  #enter({ entered, segment }: Target, ordinal: number, isTold: boolean): void {
    const path: Loop[] = [];
    for (let loop = segment.parent; entered !== undefined && loop !== undefined; loop = loop.parent) {
      path.unshift(loop);
      if (loop === entered) break;
    }
    let outer: Loop | undefined;
    for (const loop of path) {
      if (outer !== undefined) this.#skip(outer, loop.position, ordinal, isTold);
      // Of one that comes too often nothing more is said.
      this.#counts.fill(this.#count(loop, ordinal) ? 0 : MISSED, loop.id + 1, loop.last + 1);
      outer = loop;
    }
  }

  /** What is required in a loop that was begun without it; of a loop that has been told to be lost nothing more is said. */
  #skip(loop: Loop, before: number, ordinal: number, isTold: boolean): void {
    if (!isTold) this.#reportMissing(loop, before, ordinal);
    for (const { id, position } of loop.children) if (position < before) this.#counts[id] ||= MISSED;
  }

  /** False where it comes more often than it may. */
  #count(node: Node, ordinal: number): boolean {
    const count = Math.max(this.#counts[node.id] ?? 0, 0) + 1;
    this.#counts[node.id] = count;
    if (count <= node.most) return true;
    const first = node.kind === 'loop' ? firstSegment(node) : node;
    const location = first === undefined ? node.name : locationOf(first, ordinal);
    const what = node.kind === 'loop' ? `Loop ${node.name}` : node.name;
    const message = `${what} comes more often than it may: at most ${node.most} here.`;
    this.#report(node.kind === 'loop' ? 'x12/loop-repeat' : 'x12/segment-repeat', location, message);
    return false;
  }

  /** What is required before a position and did not come; each is reported once. */
  #reportMissing(loop: Loop, before: number, ordinal: number): void {
    for (const child of loop.children) {
      if (child.position >= before) return;
      if (!child.required || this.#counts[child.id] !== 0) continue;
      this.#counts[child.id] = MISSED;
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

  /** A segment that has no place: it is taken for one of its name, or told, or is part of what has been told. */
  #recover(reader: SegmentReader, ordinal: number): Target | undefined {
    const { name } = reader;
    if (this.#map.segmentsNamed(name).length === 0) {
      const message = `${name} is no segment of this transaction.`;
      this.#report('x12/unknown-segment', locationIn(this.#loop, name, ordinal), message);
      return undefined;
    }
    const target = isKnownThere(this.#map, reader) ? this.#below(reader) : this.#guess(reader, ordinal);
    if (target === undefined) this.#lose(reader, ordinal);
    return target;
  }

  /** A level whose outer one is missing: an HL says by its code of which loop it is. */
  #below(reader: SegmentReader): Target | undefined {
    if (reader.name !== 'HL') return undefined;
    let from = this.#position;
    for (let loop: Loop | undefined = this.#loop; loop !== undefined; loop = loop.parent) {
      for (const child of loop.children) {
        if (child.kind === 'segment' || child.position < from) continue;
        const segment = levelIn(child, reader);
        if (segment !== undefined)
          return { segment, entered: child, within: loop, from, to: child.position, guessed: false };
      }
      from = loop.position;
    }
    return undefined;
  }

  /** Its code is none: it is taken for what may come, so that what follows it has its place. */
  #guess(reader: SegmentReader, ordinal: number): Target | undefined {
    const found = candidates(this.#loop, this.#position, reader.name);
    const chosen = this.#choice(found, reader);
    const fault = qualifierFault(reader, found);
    if (chosen === undefined || fault === undefined || this.#astray?.has(reader.name) === true)
      return undefined;
    const { segment, child, within, from } = chosen;
    const loops = new Set(found.flatMap((each) => (each.child.kind === 'loop' ? [each.child] : [])));
    // An HL says by its parent of which loop it is.
    const isSure = loops.size < 2 || reader.name === 'HL';
    const location = locationIn(isSure ? segment.parent : within, reader.name, ordinal);
    elementReport(this.#report, location)(fault.rule, fault.element, fault.component, fault.message);
    if (!isSure) this.#astray = new Set([...loops].flatMap(namesIn));
    const entered = child.kind === 'loop' ? child : undefined;
    return { segment, entered, within, from, to: child.position, guessed: true };
  }

  /** Of an HL the level below its parent; else what is required and has not come yet, or the first that may come. */
  #choice(found: readonly Candidate[], reader: SegmentReader): Candidate | undefined {
    const free = found.filter(({ child }) => (this.#counts[child.id] ?? 0) < child.most);
    if (reader.name === 'HL') {
      const depth = this.#hierarchy.depthBelow(reader.value(2));
      return free.find(({ segment }) => segment.parent?.depth === depth) ?? free[0];
    }
    return free.find(({ child }) => child.required && (this.#counts[child.id] ?? 0) === 0) ?? free[0];
  }

  #lose(reader: SegmentReader, ordinal: number): void {
    const { name } = reader;
    if (this.#astray?.has(name) === true) return;
    const { because, names } =
      this.#lost++ < MOST_LOST ? astray(this.#map, reader, this.#standing) : elsewhere;
    if (names.size > 0) this.#astray = names;
    this.#report(
      'x12/segment-order',
      locationIn(this.#loop, name, ordinal),
      `${name} has no place here${because}.`,
    );
  }
}
