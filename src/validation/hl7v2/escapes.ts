/** Escape sequences in text (HL7 v2, ch. 2, 2.7): `\F\`, `\X0D\`, `\.br\` and their like. */
import { addressOf, specOf, type Scope } from './scope.ts';

/** Between two escape characters: delimiters, highlighting, hexadecimal, character sets, formatting, local. */
const known = /^(?:[FSTREHNLP]|P\d|X(?:[0-9A-Fa-f]{2})+|[CM](?:[0-9A-Fa-f]{2})+|\.[a-z]{2}[+-]?\d*|Z.*)$/;

/** The longest sequence that is looked at; hexadecimal data may be long. */
const MOST = 4096;

/** True where a message has an escape character outside of its declaration. */
export function hasEscapes({ text, delimiters }: Scope, start: number, end: number): boolean {
  const at = text.indexOf(String.fromCharCode(delimiters.escape), start + 9);
  return at >= 0 && at < end;
}

/** Reports the first faulty sequence of each field. */
export function checkEscapes(scope: Scope, start: number, end: number): void {
  const { text, delimiters } = scope;
  let field = 0;
  let faulty = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === delimiters.field) field++;
    if (code !== delimiters.escape) continue;
    const close = closing(scope, at + 1, end);
    if (close >= 0 && known.test(text.slice(at + 1, close))) {
      at = close;
    } else if (faulty !== field) {
      faulty = field;
      report(scope, field);
    }
  }
}

/** The escape character that ends a sequence, or -1 where a delimiter or the end comes first. */
function closing({ text, delimiters }: Scope, from: number, end: number): number {
  for (let at = from; at < end && at < from + MOST; at++) {
    const code = text.charCodeAt(at);
    if (code === delimiters.escape) return at;
    if (code === delimiters.field || code === delimiters.component || code === delimiters.repetition)
      return -1;
  }
  return -1;
}

function report(scope: Scope, field: number): void {
  scope.report(
    'hl7v2/escape-sequence',
    `${addressOf(scope.place)}-${field}`,
    `${scope.place.segment}-${field} has an escape character that begins no escape sequence; in text it is written as \\E\\.`,
    specOf(scope.version, 'ch. 2, 2.7'),
  );
}
