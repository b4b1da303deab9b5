/** From an engine's findings to a verdict: the levels in force decide what a finding means. */
import type { Engine, Examined, Identity, Report } from './engine.ts';
import type { Issue, Verdict } from './issue.ts';
import type { Policy } from './levels.ts';

/** Findings beyond this many are counted, not kept: a message of nothing but mistakes must not exhaust memory. */
export const MOST_ISSUES = 1000;

/** A verdict, and by what the message can be searched. */
export type Judged = Verdict & Pick<Identity, 'controlId' | 'sender'>;

/**
 * `levels`: the level in force by rule id; a rule that is not in it takes its preset `standard`. Where a message names a
 * sender of whom something else is `agreed`, that is in force from there on.
 */
export function judge(
  engine: Engine,
  examined: Examined,
  levels: Policy['levels'],
  agreed: Pick<Policy, 'profile' | 'senders'> = {},
): Judged {
  const issues: Issue[] = [];
  let total = 0;
  let valid = true;
  let inForce = levels;
  const rules = rulesById(engine);
  const enter = (application: string) => {
    const own = agreed.senders?.get(application);
    inForce = own?.levels ?? levels;
    return (own ?? agreed).profile;
  };
  const report: Report = (id, location, message, spec, place) => {
    const rule = rules.get(id);
    if (rule === undefined)
      throw new TypeError(`The ${engine.format} engine reported an unlisted rule: ${id}`);
    const severity = inForce.get(id) ?? rule.levels.standard;
    if (severity === 'off') return;
    total += 1;
    if (severity === 'error') valid = false;
    if (issues.length < MOST_ISSUES) {
      issues.push({ rule: id, severity, location, ...place, message, spec: spec ?? rule.spec });
    }
  };
  const identity = engine.examine(examined, report, { enter });
  return { format: engine.format, ...identity, valid, issues, issuesTotal: total };
}

const indexed = new WeakMap<Engine, ReadonlyMap<string, Engine['rules'][number]>>();

function rulesById(engine: Engine): ReadonlyMap<string, Engine['rules'][number]> {
  let rules = indexed.get(engine);
  if (rules === undefined) {
    rules = new Map(engine.rules.map((rule) => [rule.id, rule]));
    indexed.set(engine, rules);
  }
  return rules;
}
