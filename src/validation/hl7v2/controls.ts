/** Control characters in values: text is of displayable characters, and escape sequences stand for others (ch. 2A, ST; ch. 2, 2.7). */
import { addressOf, type Scope, specOf } from './scope.ts';

const CR = 13;

/** By character code: 1 for a control character of ASCII that ends no segment. */
const controls = Uint8Array.from({ length: 256 }, (_, code) =>
  (code < 32 && code !== CR) || code === 127 ? 1 : 0,
);

export function hasControls({ bytes }: Scope, start: number, end: number): boolean {
  let found = 0;
  let at = start;
  // Four at a time: nearly no message has one, and all are looked through.
  for (; at < end - 3; at += 4) {
    found |=
      (controls[bytes[at] ?? 0] ?? 0) |
      (controls[bytes[at + 1] ?? 0] ?? 0) |
      (controls[bytes[at + 2] ?? 0] ?? 0) |
      (controls[bytes[at + 3] ?? 0] ?? 0);
  }
  for (; at < end; at++) found |= controls[bytes[at] ?? 0] ?? 0;
  return found !== 0;
}

/** Reports each field that holds one, once. MSH-1 is the first separator itself. */
export function checkControls(scope: Scope, start: number, end: number): void {
  const { bytes, delimiters, place } = scope;
  let field = place.segment === 'MSH' ? 1 : 0;
  let reported = 0;
  for (let at = start + 3; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (code === delimiters.field) field++;
    if (controls[code] !== 1 || field === reported) continue;
    reported = field;
    report(scope, field);
  }
}

function report({ place, version, report }: Scope, field: number): void {
  const named = `${place.segment}-${field}`;
  const message = `${named} holds a control character, such as a line feed, a tab or NUL: a line break in text is written as \\.br\\, any other as \\Xdd\\ by its hexadecimal code.`;
  report('hl7v2/control-character', `${addressOf(place)}-${field}`, message, specOf(version, named, 'ST'));
}
