/** The levels of a transaction, which its HL segments number and link (ASC X12.22, HL). */
import type { ElementReport } from './elements.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Of a level of which nothing is known about where it belongs. */
export const UNKNOWN_DEPTH = -1;

interface Level {
  readonly report: ElementReport;
  /** HL01, as its sender has it. */
  readonly number: string;
  /** HL04: 1 where other levels depend on it, 0 where none does; else it is not told. */
  readonly told: string;
  hasChildren: boolean;
}

export class Hierarchy {
  readonly #levels: Level[] = [];
  /** The ordinal of the level that is open at each depth. */
  readonly #open: number[] = [];

  /** Takes an HL; `depth` is 0 for the outermost levels. The report is kept until the end of the transaction. */
  next(reader: SegmentReader, depth: number, report: ElementReport): void {
    const before = Number(this.#levels.at(-1)?.number);
    const level: Level = { report, number: reader.value(1), told: reader.value(4), hasChildren: false };
    const ordinal = this.#levels.push(level);
    // Behind a number that is wrong its sender may go on from it.
    if (!isNumber(level.number, ordinal) && !isNumber(level.number, before + 1)) {
      report('x12/hierarchy', 1, 0, `HL-01 does not count the levels: ${ordinal} is expected.`);
    }
    const parent = reader.value(2);
    if (depth === UNKNOWN_DEPTH) this.#checkEarlier(parent, Math.max(ordinal - 1, before || 0), report);
    else this.#checkParent(parent, depth, report);
    // Where the map knows the parent, a wrong number does not make it childless.
    const known = this.#levels[(this.#open[depth - 1] ?? Number(parent)) - 1];
    if (known !== undefined && known !== level) known.hasChildren = true;
    if (depth === UNKNOWN_DEPTH) return;
    this.#open.length = Math.min(this.#open.length, depth);
    this.#open[depth] = ordinal;
  }

  /** Only now it is known which levels have others below them. */
  end(): void {
    for (const { report, told, hasChildren } of this.#levels) {
      if (told === '1' && !hasChildren) {
        report('x12/hierarchy-child', 4, 0, 'HL-04 says that levels depend on this one, and none does.');
      } else if (told === '0' && hasChildren) {
        report('x12/hierarchy-child', 4, 0, 'HL-04 says that no level depends on this one, and one does.');
      }
    }
  }

  /** The depth of a level whose parent has this number; undefined where no such level is open. */
  depthBelow(parent: string): number | undefined {
    if (parent === '') return 0;
    const depth = this.#open.findIndex((ordinal) => this.#isOf(parent, ordinal));
    return depth < 0 ? undefined : depth + 1;
  }

  /** By its ordinal, or by the number that its sender gave it. */
  #isOf(number: string, ordinal: number): boolean {
    return isNumber(number, ordinal) || (number !== '' && this.#levels[ordinal - 1]?.number === number);
  }

  #checkEarlier(parent: string, most: number, report: ElementReport): void {
    if (parent === '' || (/^\d+$/.test(parent) && Number(parent) >= 1 && Number(parent) <= most)) return;
    report('x12/hierarchy', 2, 0, 'HL-02 does not name a level that came before.');
  }

  #checkParent(parent: string, depth: number, report: ElementReport): void {
    const expected = this.#open[depth - 1];
    if (depth === 0) {
      if (parent !== '')
        report('x12/hierarchy', 2, 0, 'HL-02 names a parent, and an outermost level has none.');
    } else if (expected !== undefined && !this.#isOf(parent, expected)) {
      report('x12/hierarchy', 2, 0, `HL-02 does not name the level to which this one belongs: ${expected}.`);
    }
  }
}

const isNumber = (text: string, number: number): boolean => /^\d+$/.test(text) && Number(text) === number;
