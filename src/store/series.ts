/**
 * Counters by labels. A label may come from a header, and a header from anyone: beyond so many series, what is new is
 * counted under the labels of the others.
 */
export class Series<Labels extends readonly string[]> {
  readonly #counts = new Map<string, { readonly labels: Labels; count: number }>();
  readonly #most: number;
  readonly #others: Labels;

  constructor(most: number, others: Labels) {
    this.#most = most;
    this.#others = others;
  }

  increment(labels: Labels): void {
    const key = labels.join('\0');
    const known = this.#counts.get(key);
    if (known !== undefined) known.count++;
    else if (this.#counts.size < this.#most) this.#counts.set(key, { labels, count: 1 });
    else this.#countOther();
  }

  read(): readonly { readonly labels: Labels; readonly count: number }[] {
    return [...this.#counts.values()];
  }

  #countOther(): void {
    const key = this.#others.join('\0');
    const others = this.#counts.get(key) ?? { labels: this.#others, count: 0 };
    others.count++;
    this.#counts.set(key, others);
  }
}
