/** The levels of a transaction, which its HL segments number and link (ASC X12.22, HL). */
import type { ElementReport } from './elements.ts';
import type { SegmentReader } from './segment-reader.ts';

/** Of a level of which nothing is known about where it belongs. */
export const UNKNOWN_DEPTH = -1;

interface Level {
  readonly report: ElementReport;
  /** HL04: 1 where other levels depend on it, 0 where none does; else it is not told. */
  readonly told: string;
  hasChildren: boolean;
}

export class Hierarchy {
  readonly #levels: Level[] = [];
  /** The number of the level that is open at each depth. */
  readonly #open: number[] = [];

  /** Takes an HL; `depth` is 0 for the outermost levels. The report is kept until the end of the transaction. */
  next(reader: SegmentReader, depth: number, report: ElementReport): void {
    const number = this.#levels.push({ report, told: reader.value(4), hasChildren: false });
    if (!isNumber(reader.value(1), number)) {
      report('x12/hierarchy', 1, 0, `HL-01 does not count the levels: ${number} is expected.`);
    }
    const parent = reader.value(2);
    if (depth === UNKNOWN_DEPTH) this.#checkEarlier(parent, number, report);
    else this.#checkParent(parent, depth, report);
    // Where the map knows the parent, a wrong number does not make it childless.
    const known = this.#levels[(this.#open[depth - 1] ?? Number(parent)) - 1];
    if (known !== undefined && known !== this.#levels.at(-1)) known.hasChildren = true;
    if (depth === UNKNOWN_DEPTH) return;
    this.#open.length = Math.min(this.#open.length, depth);
    this.#open[depth] = number;
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

  #checkEarlier(parent: string, number: number, report: ElementReport): void {
    if (parent === '' || (/^\d+$/.test(parent) && Number(parent) >= 1 && Number(parent) < number)) return;
    report('x12/hierarchy', 2, 0, 'HL-02 does not name a level that came before.');
  }

  #checkParent(parent: string, depth: number, report: ElementReport): void {
    const expected = this.#open[depth - 1];
    if (depth === 0) {
      if (parent !== '')
        report('x12/hierarchy', 2, 0, 'HL-02 names a parent, and an outermost level has none.');
    } else if (expected !== undefined && !isNumber(parent, expected)) {
      report('x12/hierarchy', 2, 0, `HL-02 does not name the level to which this one belongs: ${expected}.`);
    }
  }
}

const isNumber = (text: string, number: number): boolean => /^\d+$/.test(text) && Number(text) === number;
