/** Where the segments of a body begin and end (HL7 v2, ch. 2, 2.5.2: each segment ends with a carriage return). */

/** Stretches of the text by offset, without their terminators; empty lines are left out. */
export interface Segments {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** True where line feeds end segments, alone or after carriage returns. */
  readonly lineFeeds: boolean;
  /** True where there are empty lines between segments. */
  readonly emptyLines: boolean;
  /** True where the body is wrapped in a byte order mark, white space or the blocks of MLLP. */
  readonly framed: boolean;
}

const CR = 13;
const LF = 10;
/** Of a body that mixes them, as where a sender's lines were wrapped by another program: each ends a segment. */
const EITHER = 0;

export function splitSegments(text: string): Segments {
  const from = firstCharacter(text);
  const to = lastCharacter(text, from);
  const terminator = terminatorOf(text, from, to);
  const starts: number[] = [];
  const ends: number[] = [];
  let lineFeeds = terminator === EITHER;
  let emptyLines = false;
  for (let start = from; start < to;) {
    const end = endOf(text, start, to, terminator);
    if (terminator === LF && end < to) lineFeeds = true;
    if (end > start) {
      starts.push(start);
      ends.push(end);
    } else emptyLines = true;
    start = end + 1;
    // The first may be the second half of the end of this line, any other is a line of its own.
    let own = text.charCodeAt(end) === CR;
    while (text.charCodeAt(start) === LF && start < to) {
      lineFeeds = true;
      emptyLines ||= !own;
      own = false;
      start++;
    }
  }
  return { starts, ends, lineFeeds, emptyLines, framed: from > 0 || isFrameEnd(text, to) };
}

function terminatorOf(text: string, from: number, to: number): number {
  const end = text.indexOf('\r', from);
  if (end < 0 || end >= to) return LF;
  return hasSegmentBehindLineFeed(text, from, to) ? EITHER : CR;
}

/** A line feed in a field is no end; one with a name and the field separator behind it is. */
function hasSegmentBehindLineFeed(text: string, from: number, to: number): boolean {
  const separator = text[from + 3];
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) {
    const isAlone = text.charCodeAt(at - 1) !== CR;
    if (isAlone && text[at + 4] === separator && /^[A-Z][A-Z\d]{2}$/.test(text.slice(at + 1, at + 4)))
      return true;
  }
  return false;
}

function endOf(text: string, start: number, to: number, terminator: number): number {
  if (terminator === EITHER) return endOfLine(text, start, to);
  const end = text.indexOf(terminator === CR ? '\r' : '\n', start);
  return end < 0 || end > to ? to : end;
}

/** Looks at each character once: a search for either alone could pass over the other many times. */
function endOfLine(text: string, start: number, to: number): number {
  let end = start;
  while (end < to && text.charCodeAt(end) !== CR && text.charCodeAt(end) !== LF) end++;
  return end;
}

/** Behind a byte order mark (as UTF-8 in single bytes), white space, or the start block of MLLP. */
function firstCharacter(text: string): number {
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function lastCharacter(text: string, from: number): number {
  let end = text.length;
  while (end > from && (isBlank(text.charCodeAt(end - 1)) || text.charCodeAt(end - 1) === 0x1c)) end--;
  return end;
}

function isFrameEnd(text: string, to: number): boolean {
  return text.charCodeAt(to) === 0x1c || text.charCodeAt(to + 1) === 0x1c;
}

const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
