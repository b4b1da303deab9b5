/** The verdict where no engine came to one. */
import type { Format } from '../messages/envelope.ts';
import { type GeneralRule, generalRules } from './general-rules.ts';
import type { Judged } from './judge.ts';

export function generalVerdict(rule: GeneralRule, format: Format | null): Judged {
  const { id, spec } = generalRules[rule];
  const issue = { rule: id, severity: 'error', location: '', message: sentences[rule], spec } as const;
  return {
    format,
    version: null,
    type: null,
    controlId: null,
    sender: null,
    valid: false,
    issues: [issue],
    issuesTotal: 1,
  };
}

const sentences: Readonly<Record<GeneralRule, string>> = {
  unknownFormat:
    'The bytes are none of HL7 v2 (MSH, FHS or BHS first), FHIR (JSON with resourceType, or XML in the FHIR namespace), X12 (ISA first) or DICOM (DICM at byte 128).',
  validationTimeout:
    'Validation did not end within its deadline, twice; nothing more is known about this message.',
  validationCrash:
    'Validation failed on this message, twice; the fault is the validator’s and its log says more.',
  bodyGone: 'The body of this message, stored apart from it, can no longer be read.',
};
