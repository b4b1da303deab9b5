/** The verdict in FHIR's own words: an OperationOutcome (R4, operationoutcome.html). */
import type { Issue, Severity, Verdict } from '../issue.ts';

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly OutcomeIssue[];
}

export interface OutcomeIssue {
  readonly extension?: readonly { readonly url: string; readonly valueInteger: number }[];
  readonly severity: Severity;
  /** A code of the value set issue-type. */
  readonly code: string;
  readonly details: { readonly text: string };
  readonly diagnostics?: string;
  /** Where in the text: `Line[3] Col[7]`. */
  readonly location?: readonly string[];
  /** Where in the resource, as a FHIRPath. */
  readonly expression?: readonly string[];
}

const LINE = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line';
const COLUMN = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col';

/** Issue types by rule; what is not here is about the structure. */
const codes: ReadonlyMap<string, string> = new Map([
  ['fhir/required-element', 'required'],
  ['fhir/primitive-format', 'value'],
  ['fhir/required-binding', 'code-invalid'],
  ['fhir/binding-unchecked', 'informational'],
  ['fhir/must-support', 'informational'],
  ['fhir/profile-unknown', 'not-found'],
  ['fhir/version', 'not-supported'],
  ['fhir/extension-value', 'invariant'],
  ['fhir/contained-nesting', 'invariant'],
  ['fhir/contained-unused', 'invariant'],
  ['fhir/invariant', 'invariant'],
  ['fhir/best-practice', 'business-rule'],
  ['fhir/reference-form', 'value'],
  ['fhir/reference-target', 'value'],
  ['fhir/reference-unresolved', 'not-found'],
  ['fhir/extension-unknown', 'extension'],
  ['fhir/extension-context', 'extension'],
  ['fhir/extension-url', 'extension'],
  ['fhir/modifier-extension', 'extension'],
  ['fhir/modifier-extension-unknown', 'extension'],
  ['fhir/absolute-uri', 'value'],
  ['fhir/attachment', 'value'],
  ['fhir/depth', 'too-long'],
  ['message/validation-timeout', 'timeout'],
  ['message/validation-crash', 'exception'],
]);

const FHIRPATH = /^[A-Z][A-Za-z]*([.[]|$)/;

/** An outcome of the findings; without any it says that all is well, since R4 wants at least one issue. */
export function operationOutcome(verdict: Verdict): OperationOutcome {
  const issue = verdict.issues.map(outcomeIssue);
  const omitted = verdict.issuesTotal - verdict.issues.length;
  if (omitted > 0) issue.push(note('information', 'informational', `${omitted} more issues were found.`));
  if (issue.length === 0) issue.push(note('information', 'informational', 'No issues were found.'));
  return { resourceType: 'OperationOutcome', issue };
}

/** An outcome with one issue, about something else than findings. */
export function outcomeOf(
  severity: Severity,
  code: string,
  text: string,
  diagnostics: string,
): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ ...note(severity, code, text), diagnostics }] };
}

/** The expression is a FHIRPath: other formats say in the diagnostics where it is. */
function outcomeIssue({ rule, severity, location, line, column, message, spec }: Issue): OutcomeIssue {
  const isExpression = FHIRPATH.test(location) && rule.startsWith('fhir/');
  const where = location === '' || isExpression ? '' : ` at ${location}`;
  return {
    ...placeOf(line, column),
    severity,
    code: codes.get(rule) ?? 'structure',
    details: { text: message },
    diagnostics: `${rule}${where} (${spec})`,
    ...(line === undefined || column === undefined ? {} : { location: [`Line[${line}] Col[${column}]`] }),
    ...(isExpression ? { expression: [location] } : {}),
  };
}

/** The extensions in which HL7's own validator writes it. */
function placeOf(line: number | undefined, column: number | undefined): Pick<OutcomeIssue, 'extension'> {
  if (line === undefined || column === undefined) return {};
  return {
    extension: [
      { url: LINE, valueInteger: line },
      { url: COLUMN, valueInteger: column },
    ],
  };
}

function note(severity: Severity, code: string, text: string): OutcomeIssue {
  return { severity, code, details: { text } };
}
