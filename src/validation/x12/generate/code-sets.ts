/** Code sets of one map, each kept once: an element names its set by number. */
export class CodeSets {
  readonly sets: string[] = [];
  readonly #numbers = new Map<string, number>();

  /** `#12`, or nothing for no codes. */
  notation(codes: readonly string[]): string {
    if (codes.length === 0) return '';
    const set = [...codes].sort().join(' ');
    let number = this.#numbers.get(set);
    if (number === undefined) {
      number = this.sets.push(set) - 1;
      this.#numbers.set(set, number);
    }
    return `#${number}`;
  }
}
