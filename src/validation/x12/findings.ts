/** The errors of a body by the envelope to which they belong, as a reply needs them. */
import type { Issue, Verdict } from '../issue.ts';

export interface Findings {
  /** By the ordinal of interchange, group and transaction set over the whole body. */
  readonly ofInterchange: ReadonlyMap<number, readonly Issue[]>;
  readonly ofGroup: ReadonlyMap<number, readonly Issue[]>;
  readonly ofTransaction: ReadonlyMap<number, readonly Issue[]>;
  /** Transaction sets behind this one may have errors that were counted only. */
  readonly knownUpTo: number;
}

export const noIssues: readonly Issue[] = [];

export function findingsOf({ issues, issuesTotal }: Verdict): Findings {
  const errors = issues.filter(({ severity }) => severity === 'error');
  return {
    ofInterchange: Map.groupBy(errors, ({ location }) => interchangeOf(location)),
    ofGroup: Map.groupBy(errors, ({ location }) => groupOf(location)),
    ofTransaction: Map.groupBy(errors, ({ location }) => transactionOf(location)),
    // Findings come in the order of the body: what lies behind the last one that was kept is not known to be good.
    knownUpTo:
      issuesTotal <= issues.length
        ? Infinity
        : Math.max(0, ...issues.map(({ location }) => transactionOf(location))) - 1,
  };
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
