/** The delimiters of an interchange, which its ISA declares by position (ASC X12.5, interchange control structures). */

/** Characters by code; `repetition` is -1 before version 00402, which has none. */
export interface Delimiters {
  readonly element: number;
  readonly component: number;
  readonly repetition: number;
  readonly terminator: number;
}

export interface Declaration {
  readonly delimiters: Delimiters;
  /** Two of them are the same, or one is a letter, a digit or a blank. */
  readonly ambiguous: boolean;
  /** Nor can it be told where a segment ends. */
  readonly endless: boolean;
  /** Behind ISA16. */
  readonly end: number;
}

const ISA_ELEMENTS = 16;

/** An ISA has 106 characters; with faulty widths it is given some more. */
const MOST = 400;

/** Reads the declaration of the ISA at an offset; undefined where it has not its sixteen elements. */
export function declaredDelimiters(text: string, start: number): Declaration | undefined {
  const element = text.charCodeAt(start + 3);
  let separators = 0;
  let at = start + 3;
  for (; at < text.length && at < start + MOST; at++) {
    if (text.charCodeAt(at) === element) separators++;
    if (separators === ISA_ELEMENTS) break;
  }
  if (separators < ISA_ELEMENTS || at + 2 >= text.length) return undefined;
  const delimiters = {
    element,
    component: text.charCodeAt(at + 1),
    repetition: repetitionOf(text, start, element),
    terminator: text.charCodeAt(at + 2),
  };
  const ambiguous = isAmbiguous(delimiters);
  const endless = delimiters.terminator === element || isNoSign(delimiters.terminator);
  return {
    delimiters: ambiguous ? { ...delimiters, repetition: -1 } : delimiters,
    ambiguous,
    endless,
    end: at + 2,
  };
}

/** ISA11: the repetition separator from version 00402 on; before that `U`, the standard's identifier. */
function repetitionOf(text: string, start: number, element: number): number {
  let at = start;
  for (let separators = 0; separators < 11; at++) if (text.charCodeAt(at) === element) separators++;
  const code = text.charCodeAt(at);
  return isAlphanumeric(code) ? -1 : code;
}

function isAmbiguous({ element, component, repetition, terminator }: Delimiters): boolean {
  const all = [element, component, terminator, ...(repetition < 0 ? [] : [repetition])];
  return new Set(all).size < all.length || [element, component, terminator].some(isNoSign);
}

const isNoSign = (code: number): boolean => isAlphanumeric(code) || code === 32;

const isAlphanumeric = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
