/** One message under examination: its text, how it is delimited, the facts of its version, and where findings go. */
import type { Report } from '../engine.ts';
import type { Dictionary } from './dictionary.ts';
import type { Delimiters } from './delimiters.ts';

export interface Scope {
  /** The whole body, a byte a character. */
  readonly text: string;
  readonly delimiters: Delimiters;
  readonly dictionary: Dictionary;
  /** The version as the standard writes it; empty where the message names none that is known. */
  readonly version: string;
  readonly report: Report;
}

/** `HL7 v2.5.1, PID-7`: the place in the standard that a finding is about. */
export function specOf(version: string, place: string): string {
  return `HL7 v${version === '' ? '2' : version}, ${place}`;
}
