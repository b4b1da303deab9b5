/** What a bench reports: a line of `bench-results.json`, as the contract has it. */
export interface BenchResult {
  readonly bench: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  /** Null where the figure is for the reader, and no goal is set. */
  readonly goal: number | null;
  readonly better: 'higher' | 'lower';
  readonly holds: boolean;
}

export function result(
  bench: string,
  measure: string,
  value: number,
  unit: string,
  better: BenchResult['better'],
  goal: number | null = null,
): BenchResult {
  const holds = goal === null || (better === 'higher' ? value >= goal : value <= goal);
  return { bench, measure, value: round(value), unit, goal, better, holds };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
