/** Findings of validation, as they are shown to people. */
import type { Issue, Severity } from '../validation/issue.ts';
import { orDash } from './format.ts';
import { type Colour, type Output, printable } from './output.ts';

const severityColours: Readonly<Record<Severity, Colour>> = {
  error: 'red',
  warning: 'yellow',
  information: 'cyan',
};

/** Severity, where and which rule in one line; what is wrong, and where the standard says so, in the next. */
export function showIssue(output: Output, issue: Issue): void {
  const { severity, rule, message, spec } = issue;
  const name = output.colour(severityColours[severity], severity.padEnd('information'.length));
  output.line(`    ${name}  ${placeOf(issue)}  ${output.colour('dim', rule)}`);
  output.line(`                 ${printable(message)} ${output.colour('dim', `(${printable(spec)})`)}`);
}

function placeOf({ location, line, column }: Issue): string {
  const place = printable(orDash(location));
  return line === undefined ? place : `${place} (line ${line}, column ${column ?? 1})`;
}
