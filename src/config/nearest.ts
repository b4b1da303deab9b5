/** "Did you mean …?": the nearest of some names by edit distance, or the one of the same words. */

/** The candidate nearest to what was written, or undefined where none is near enough to be what was meant. */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  const wanted = normal(written.slice(0, 64));
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const name of candidates) {
    const distance = editDistance(wanted, normal(name));
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

/**
 * The one name that has all the words of what was written, or their beginnings, or the other way round: `group` for
 * `group_id`, `username` for `user`. Undefined where several have.
 */
export function kin(written: string, candidates: Iterable<string>): string | undefined {
  const wanted = wordsOf(written.slice(0, 64));
  const found = [...candidates].filter((name) => {
    const words = wordsOf(name);
    return beginAll(wanted, words) || beginAll(words, wanted);
  });
  return found.length === 1 ? found[0] : undefined;
}

/** Each of the words is the beginning of one of the others. */
function beginAll(words: readonly string[], others: readonly string[]): boolean {
  return words.every((word) => others.some((other) => other.startsWith(word)));
}

function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[-_. ]/)
    .filter((word) => word.length > 1);
}

/** `maxBytes`, `max-bytes` and `max_bytes` are one name to whoever types them. */
function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
