/**
 * The journal's totals in Prometheus's text format, version 0.0.4. They are counted in the journal's thread: a client's
 * counters can only be counted up, not set.
 */
import type { JournalTotals } from '../store/journal.ts';

export function totalsText(totals: JournalTotals): string {
  return [messagesText(totals), issuesText(totals), validationText(totals)].join('');
}

function messagesText({ messages }: JournalTotals): string {
  const lines = messages.map(({ connector, format, outcome, count }) =>
    sample('healthos_messages_total', { connector, format, outcome }, count),
  );
  return metric('healthos_messages_total', 'counter', 'Messages, by what became of them.', lines);
}

function issuesText({ issues }: JournalTotals): string {
  const lines = issues.map(({ format, rule, count }) =>
    sample('healthos_issues_total', { format, rule }, count),
  );
  return metric('healthos_issues_total', 'counter', 'Findings of validation, by rule.', lines);
}

function validationText({ validationSeconds: { le, counts, sum, count } }: JournalTotals): string {
  const name = 'healthos_validation_seconds';
  const lines = [
    ...le.map((bound, i) => sample(`${name}_bucket`, { le: String(bound) }, counts[i] ?? 0)),
    sample(`${name}_bucket`, { le: '+Inf' }, count),
    sample(`${name}_sum`, {}, sum),
    sample(`${name}_count`, {}, count),
  ];
  return metric(name, 'histogram', 'Seconds from stored to verdict.', lines);
}

function metric(name: string, type: 'counter' | 'histogram', help: string, lines: readonly string[]): string {
  return `\n# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
