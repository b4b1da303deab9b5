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
export function showIssue(output: Output, { severity, rule, location, message, spec }: Issue): void {
  const name = output.colour(severityColours[severity], severity.padEnd('information'.length));
  output.line(`    ${name}  ${printable(orDash(location))}  ${output.colour('dim', rule)}`);
  output.line(`                 ${printable(message)} ${output.colour('dim', `(${printable(spec)})`)}`);
}
