import test from 'ava';
import { readFileSync } from 'node:fs';
import { fhirEngine } from '../../../src/validation/fhir/index.ts';
import { operationOutcome } from '../../../src/validation/fhir/reply.ts';
import { judge } from '../../../src/validation/judge.ts';
import type { Verdict } from '../../../src/validation/issue.ts';

function outcomeOf(file: string): ReturnType<typeof operationOutcome> {
  const bytes = readFileSync(new URL(`../../../src/samples/fhir/${file}`, import.meta.url));
  return operationOutcome(judge(fhirEngine, { bytes, size: bytes.length }, new Map()));
}

test('a good resource is answered with one informational issue', (t) => {
  const { issue } = outcomeOf('patient.json');
  t.deepEqual(issue, [
    { severity: 'information', code: 'informational', details: { text: 'No issues were found.' } },
  ]);
});

test('a finding is answered with its type, its sentence, its rule and its FHIRPath', (t) => {
  const [issue] = outcomeOf('required-binding.json').issue;
  t.is(issue?.severity, 'error');
  t.is(issue?.code, 'code-invalid');
  t.regex(issue?.details.text ?? '', /administrative-gender/);
  t.is(issue?.diagnostics, 'fhir/required-binding (FHIR R4 (4.0.1), Patient.gender)');
  t.deepEqual(issue?.expression, ['Patient.gender']);
});

test('a finding without a place has no expression', (t) => {
  const [issue] = outcomeOf('json-syntax.json').issue;
  t.is(issue?.code, 'structure');
  t.false('expression' in (issue ?? {}));
});

test('an outcome is itself a valid resource', (t) => {
  for (const file of ['patient.json', 'required-binding.json', 'json-syntax.json', 'required-element.json']) {
    const bytes = Buffer.from(JSON.stringify(outcomeOf(file)));
    t.deepEqual(judge(fhirEngine, { bytes, size: bytes.length }, new Map()).issues, [], file);
  }
});

test('issues that were left out are counted', (t) => {
  const issue = {
    rule: 'fhir/data-type',
    severity: 'error',
    location: 'Patient',
    message: 'Wrong.',
    spec: 's',
  } as const;
  const verdict: Verdict = {
    format: 'fhir',
    version: null,
    type: null,
    valid: false,
    issues: [issue],
    issuesTotal: 41,
  };
  t.is(operationOutcome(verdict).issue.at(-1)?.details.text, '40 more issues were found.');
});

test('a finding in another format keeps its place in the diagnostics', (t) => {
  const issue = {
    rule: 'hl7v2/required-field',
    severity: 'error',
    location: 'PID-3',
    message: 'M.',
    spec: 's',
  } as const;
  const verdict: Verdict = {
    format: 'hl7v2',
    version: null,
    type: null,
    valid: false,
    issues: [issue],
    issuesTotal: 1,
  };
  const [answer] = operationOutcome(verdict).issue;
  t.is(answer?.diagnostics, 'hl7v2/required-field at PID-3 (s)');
  t.is(answer?.expression, undefined);
});
