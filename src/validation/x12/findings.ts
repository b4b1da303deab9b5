/** The errors of a body by the envelope to which they belong, as a reply needs them. */
import type { Issue, Verdict } from '../issue.ts';
import { MOST_ISSUES } from '../judge.ts';

export interface Findings {
  /** By the ordinal of interchange, group and transaction set over the whole body. */
  readonly ofInterchange: ReadonlyMap<number, readonly Issue[]>;
  readonly ofGroup: ReadonlyMap<number, readonly Issue[]>;
  readonly ofTransaction: ReadonlyMap<number, readonly Issue[]>;
  /** Transaction sets behind this one may have errors that were counted only. */
  readonly knownUpTo: number;
}

export const noIssues: readonly Issue[] = [];

export function findingsOf(verdict: Verdict): Findings {
  const errors = verdict.issues.filter(({ severity }) => severity === 'error');
  return {
    ofInterchange: Map.groupBy(errors, ({ location }) => interchangeOf(location)),
    ofGroup: Map.groupBy(errors, ({ location }) => groupOf(location)),
    ofTransaction: Map.groupBy(errors, ({ location }) => transactionOf(location)),
    // They come in the order of the body: what lies behind the last one that was kept is not known to be good.
    knownUpTo: hasAllErrors(verdict)
      ? Infinity
      : Math.max(0, ...errors.map(({ location }) => transactionOf(location))) - 1,
  };
}

/** A verdict travels with its gravest findings: where a lesser one is among them, no error was left out for it. */
function hasAllErrors({ valid, issues, issuesTotal }: Verdict): boolean {
  if (valid || issuesTotal <= issues.length) return true;
  return issuesTotal <= MOST_ISSUES && issues.some(({ severity }) => severity !== 'error');
}

/** One that is neither at an ISA nor at an IEA counts for the first interchange: it does not say in which it is. */
const interchangeOf = (location: string): number => Number(/^(?:ISA|IEA)\[(\d+)\]/.exec(location)?.[1] ?? 1);

/** 0 for a finding about none. */
function groupOf(location: string): number {
  const named = /^G[SE](?:\[(\d+)\])?(?:-|$)/.exec(location);
  return named === null ? 0 : Number(named[1] ?? 1);
}

/** 0 for a finding about none; the first transaction set is not named where a loop is. */
function transactionOf(location: string): number {
  const named = /^S[TE](?:\[(\d+)\])?(?:[-/]|$)/.exec(location);
  if (named !== null) return Number(named[1] ?? 1);
  return /^\w+\/[A-Z]/.test(location) ? 1 : 0;
}
