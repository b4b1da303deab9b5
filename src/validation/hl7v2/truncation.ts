/** Values that were cut, and say so by the truncation character at their end (HL7 v2.7 and later, ch. 2, Truncation pattern). */
import { addressOf, type Scope, specOf } from './scope.ts';

/** True where a message declares a truncation character and has it outside of the declaration. */
export function hasTruncation({ text, delimiters }: Scope, start: number, end: number): boolean {
  if (delimiters.truncation === 0) return false;
  const at = text.indexOf(String.fromCharCode(delimiters.truncation), start + 9);
  return at >= 0 && at < end;
}

/** Reports each field in which a value was cut, once. */
export function checkTruncation(scope: Scope, start: number, end: number): void {
  const { bytes, delimiters } = scope;
  let field = 0;
  let reported = 0;
  for (let at = start; at < end; at++) {
    const code = bytes[at];
    if (code === delimiters.field) field++;
    if (code !== delimiters.truncation || field === reported) continue;
    if (at + 1 < end && delimiters.ends[bytes[at + 1] ?? 0] === 0) continue;
    reported = field;
    report(scope, field);
  }
}

function report({ place, version, report }: Scope, field: number): void {
  const named = `${place.segment}-${field}`;
  const message = `${named} ends with the truncation character: its sender has cut it.`;
  report('hl7v2/truncated-value', `${addressOf(place)}-${field}`, message, specOf(version, named));
}
