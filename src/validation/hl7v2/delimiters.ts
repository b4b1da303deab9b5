/** The encoding characters of a message, which it declares itself (HL7 v2, ch. 2, 2.5.4 "Message delimiters"). */

/** Character codes. */
export interface Delimiters {
  readonly field: number;
  readonly component: number;
  readonly repetition: number;
  readonly escape: number;
  readonly subcomponent: number;
  /** What ends a value that was cut (2.7 and later); 0 where none is declared. */
  readonly truncation: number;
  /** By character code: 1 for those that end a value, which are all but the escape character. */
  readonly ends: Uint8Array;
}

export interface DeclaredDelimiters {
  readonly delimiters: Delimiters;
  /** What is wrong with the declaration, in words that begin with its field; undefined for nothing. */
  readonly fault: string | undefined;
}

const recommended = { component: 94, repetition: 126, escape: 92, subcomponent: 38 };
const RECOMMENDED = '|^~\\&|';
const usual = { delimiters: withEnds({ field: 124, ...recommended, truncation: 0 }), fault: undefined };

/** Those that a header segment (MSH, FHS, BHS) declares; in the place of a faulty one stands the recommended one. */
export function declaredDelimiters(text: string, start: number, end: number): DeclaredDelimiters {
  if (start + 9 <= end && text.startsWith(RECOMMENDED, start + 3)) return usual;
  const field = text.charCodeAt(start + 3);
  if (end - start < 5 || isUnusable(field)) {
    const fault =
      'MSH-1 is no field separator: a single character such as | is expected after the segment name.';
    return { delimiters: usual.delimiters, fault };
  }
  const close = closingSeparator(text, start + 4, end, field);
  const declared = text.slice(start + 4, close);
  const { component, repetition, escape, subcomponent } = recommended;
  const first = codeAt(declared, 0, component, String.fromCharCode(field));
  const own = String.fromCharCode(field, first);
  const delimiters = withEnds({
    field,
    component: first,
    repetition: codeAt(declared, 1, repetition, own),
    escape: codeAt(declared, 2, escape, own),
    subcomponent: codeAt(declared, 3, subcomponent, own),
    truncation: declared.length === 5 ? codeAt(declared, 4, 0, own) : 0,
  });
  return { delimiters, fault: faultOf(declared, field) };
}

function withEnds(delimiters: Omit<Delimiters, 'ends'>): Delimiters {
  const { field, component, repetition, subcomponent } = delimiters;
  const ends = new Uint8Array(256);
  for (const code of [field, component, repetition, subcomponent]) ends[code] = 1;
  return { ...delimiters, ends };
}

function closingSeparator(text: string, from: number, end: number, field: number): number {
  let at = from;
  while (at < end && at < from + 16 && text.charCodeAt(at) !== field) at++;
  return at;
}

/** `taken`: the delimiters that come before it, which it cannot be too. */
function codeAt(declared: string, index: number, fallback: number, taken: string): number {
  const code = declared.charCodeAt(index);
  return isUnusable(code) || taken.includes(declared[index] ?? '') ? fallback : code;
}

function faultOf(declared: string, field: number): string | undefined {
  if (declared.length !== 4 && declared.length !== 5) {
    return 'MSH-2 has not four (from version 2.7 on: or five) encoding characters: ^~\\& is expected.';
  }
  const all = [field, ...Array.from({ length: declared.length }, (_, i) => declared.charCodeAt(i))];
  if (all.some(isUnusable))
    return 'MSH-2 has a letter, a digit or a blank among its characters: ^~\\& is expected.';
  if (new Set(all).size < all.length)
    return 'MSH-2 uses a character twice, or that of MSH-1: ^~\\& is expected.';
  return undefined;
}

/** A delimiter is a printable character that is neither a letter nor a digit nor a quotation mark. */
function isUnusable(code: number): boolean {
  if (Number.isNaN(code) || code <= 32 || code === 34 || code === 127) return true;
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
