/** Validates one message: detects its format, lets its engine examine it, and gives the verdict. */
import { detect } from '../messages/detect.ts';
import type { Format } from '../messages/envelope.ts';
import { engines } from './engines.ts';
import type { FhirSettings } from './fhir/settings.ts';
import { type GeneralRule, generalRules } from './general-rules.ts';
import { judge, type Judged } from './judge.ts';
import type { Policy } from './levels.ts';

export interface ValidateOptions extends Policy {
  /** The format, where it is known already. */
  readonly format?: Format | undefined;
  /** The content type that the sender claimed. */
  readonly hint?: string | undefined;
  /** The size of the whole body, where `bytes` are only its beginning. */
  readonly size?: number | undefined;
  /** The version of FHIR that the sender named beside it. */
  readonly fhirVersion?: string | undefined;
  readonly fhir?: FhirSettings | undefined;
  readonly askedProfiles?: readonly string[] | undefined;
}

/** Throws only where an engine has a bug; the caller says so as `message/validation-crash`. */
export function validate(bytes: Uint8Array, options: ValidateOptions): Judged {
  const format = options.format ?? detect(bytes, options.hint).format;
  if (format === null) return generalVerdict('unknownFormat', null);
  const { size = bytes.byteLength, hint, fhirVersion, fhir, askedProfiles } = options;
  const examined = { bytes, size, hint, fhirVersion, fhir, askedProfiles };
  return judge(engines[format], examined, options.levels, options);
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

/** The verdict where no engine came to one. */
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
