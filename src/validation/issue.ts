/** Findings of validation: one shape for all formats. */
import type { Format } from '../messages/envelope.ts';

export const severities = ['information', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];
export type Level = Severity | 'off';

export interface Issue {
  /** Stable id, such as `hl7v2/required-field`. */
  readonly rule: string;
  readonly severity: Severity;
  /** In the format's own address: `PID-3[1].5`, a FHIRPath, `2000A/HL[3]-01`, `(0008,0060)`; empty for the whole. */
  readonly location: string;
  /** Its line and column in the text, counted from 1, where the format is a text that is written over several. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong and what would be right, in words for an analyst. Never a value of the message. */
  readonly message: string;
  /** Standard, version, section: `HL7 v2.5.1, 3.4.2`. */
  readonly spec: string;
}

export interface Verdict {
  readonly format: Format | null;
  readonly version: string | null;
  readonly type: string | null;
  /** True when no issue is an error. */
  readonly valid: boolean;
  readonly issues: readonly Issue[];
  /** How many were found, where `issues` was cut. */
  readonly issuesTotal: number;
}
