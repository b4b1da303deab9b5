/** Where a string of a JSON text ends (RFC 8259, section 7): an escaped quotation mark does not end it. */

/** The position behind the closing quotation mark of the string that begins at `start`; behind the text where there is none. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
