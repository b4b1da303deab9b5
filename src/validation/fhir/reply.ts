/** The verdict in FHIR's own words: an OperationOutcome (R4, operationoutcome.html). */
import type { Issue, Severity, Verdict } from '../issue.ts';

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly OutcomeIssue[];
}

export interface OutcomeIssue {
  readonly severity: Severity;
  /** A code of the value set issue-type. */
  readonly code: string;
  readonly details: { readonly text: string };
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

/** Issue types by rule; what is not here is about the structure. */
const codes: ReadonlyMap<string, string> = new Map([
  ['fhir/required-element', 'required'],
  ['fhir/primitive-format', 'value'],
  ['fhir/required-binding', 'code-invalid'],
  ['fhir/extension-value', 'invariant'],
  ['fhir/contained-nesting', 'invariant'],
  ['fhir/depth', 'too-long'],
  ['message/validation-timeout', 'timeout'],
  ['message/validation-crash', 'exception'],
]);

const FHIRPATH = /^[A-Z][A-Za-z]*([.[]|$)/;

/** An outcome of the findings; without any it says that all is well, since R4 wants at least one issue. */
export function operationOutcome(verdict: Verdict): OperationOutcome {
  const issue = verdict.issues.map(outcomeIssue);
  const omitted = verdict.issuesTotal - verdict.issues.length;
  if (omitted > 0) issue.push(note('information', `${omitted} more issues were found.`));
  if (issue.length === 0) issue.push(note('information', 'No issues were found.'));
  return { resourceType: 'OperationOutcome', issue };
}

/** The expression is a FHIRPath: other formats say in the diagnostics where it is. */
function outcomeIssue({ rule, severity, location, message, spec }: Issue): OutcomeIssue {
  const isExpression = FHIRPATH.test(location) && rule.startsWith('fhir/');
  const where = location === '' || isExpression ? '' : ` at ${location}`;
  return {
    severity,
    code: codes.get(rule) ?? 'structure',
    details: { text: message },
    diagnostics: `${rule}${where} (${spec})`,
    ...(isExpression ? { expression: [location] } : {}),
  };
}

function note(severity: Severity, text: string): OutcomeIssue {
  return { severity, code: 'informational', details: { text } };
}
