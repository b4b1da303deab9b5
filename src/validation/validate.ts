/** Validates one message: detects its format, lets its engine examine it, and gives the verdict. */
import { detect } from '../messages/detect.ts';
import type { Format } from '../messages/envelope.ts';
import { engines } from './engines.ts';
import type { FhirSettings } from './fhir/settings.ts';
import { generalVerdict } from './general-verdict.ts';
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
