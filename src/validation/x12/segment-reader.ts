/** Walks through a body segment by segment, once, from the first ISA to the end. */
import { declaredDelimiters, type Delimiters } from './delimiters.ts';

const none: Delimiters = { element: -1, component: -1, repetition: -1, terminator: -1 };

/** In the place of a terminator that no sign of the text is. */
const NO_SIGN = 0xffff;

/** The segment at which the reader stands; the same object for each, so keep values and not the segment. */
export class SegmentReader {
  readonly text: string;
  delimiters: Delimiters;
  /** The name as it was written; empty where the segment begins with a separator. */
  name = '';
  /** True where the delimiters of the interchange cannot all be told apart. */
  ambiguous = false;
  /** True at an ISA that does not tell where a segment ends: what follows it is not read. */
  endless = false;
  /** False where the segment is the last one and has no terminator. */
  terminated = true;
  /** How many elements there are behind the name. */
  count = 0;
  /** True where a component separator is in it, a repetition separator, or a sign beyond printable ASCII. */
  hasComponents = false;
  hasRepetitions = false;
  hasOddSigns = false;
  /** Offsets: element n, counted from 1, goes from `#bounds[n] + 1` to `#bounds[n + 1]`. */
  readonly #bounds: number[] = [];
  #next: number;
  /** No segment goes on behind it. */
  #limit: number;

  /** The delimiters are those of the interchange in whose middle the text begins. */
  constructor(text: string, delimiters = none) {
    this.text = text;
    this.delimiters = delimiters;
    this.#limit = text.length;
    this.#next = skipBlanks(text, text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0);
  }

  /** Goes to the next segment; false at the end, or where an ISA tells no delimiters. */
  next(): boolean {
    const start = this.#next;
    if (start >= this.text.length) return false;
    if (this.endless || (this.text.startsWith('ISA', start) && !this.#declare(start))) return false;
    if (this.delimiters.terminator < 0) return false;
    this.#split(start);
    return true;
  }

  /** Where the next segment begins. */
  get position(): number {
    return this.#next;
  }

  start(element: number): number {
    return (this.#bounds[element] ?? 0) + 1;
  }

  end(element: number): number {
    return this.#bounds[element + 1] ?? this.start(element);
  }

  /** The text of an element; empty where there is none. */
  value(element: number): string {
    return element > this.count ? '' : this.text.slice(this.start(element), this.end(element));
  }

  isEmpty(element: number): boolean {
    return element > this.count || this.end(element) <= this.start(element);
  }

  /** An ISA begins an interchange, whatever came before it, unless it is a word in the middle of another. */
  #declare(start: number): boolean {
    const known = this.delimiters.element;
    const own = this.text.charCodeAt(start + 3);
    const declaration = declaredDelimiters(this.text, start);
    if (declaration === undefined) return known >= 0 && own !== known;
    this.delimiters = declaration.delimiters;
    this.ambiguous = declaration.ambiguous;
    this.endless = declaration.endless;
    if (!this.endless) return true;
    this.#limit = declaration.end;
    this.delimiters = { ...this.delimiters, terminator: NO_SIGN };
    return true;
  }

  #split(start: number): void {
    const { element, terminator, component, repetition } = this.delimiters;
    const { text } = this;
    const bounds = this.#bounds;
    const limit = this.#limit;
    let separators = 0;
    let components = false;
    let repetitions = false;
    let odd = false;
    let at = start;
    for (; at < limit; at++) {
      const code = text.charCodeAt(at);
      if (code === terminator) break;
      if (code === element) bounds[++separators] = at;
      else if (code === component) components = true;
      else if (code === repetition) repetitions = true;
      else if (code < 32 || code > 126) odd = true;
    }
    this.terminated = at < limit || this.endless;
    const end = this.terminated ? at : lastVisible(text, start, at);
    bounds[separators + 1] = Math.max(end, bounds[separators] ?? 0);
    this.count = separators;
    this.hasComponents = components;
    this.hasRepetitions = repetitions;
    this.hasOddSigns = odd;
    this.name = nameAt(text, start, separators > 0 ? (bounds[1] ?? end) : end);
    this.#next = skipBlanks(text, at + 1);
  }
}

/** Names that came before, by their characters: one string for each name is compared faster than a new one each time. */
const names = new Map<number, string>();

function nameAt(text: string, start: number, end: number): string {
  const length = end - start;
  if (length < 2 || length > 3) return text.slice(start, Math.min(end, start + 8));
  const third = length === 3 ? text.charCodeAt(start + 2) : 0;
  const key = (text.charCodeAt(start) << 16) | (text.charCodeAt(start + 1) << 8) | third;
  let name = names.get(key);
  if (name === undefined) {
    name = text.slice(start, end);
    if (names.size < MOST_NAMES) names.set(key, name);
  }
  return name;
}

const MOST_NAMES = 1000;

/** Line ends and blanks between segments are for the eye only. */
function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function lastVisible(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
