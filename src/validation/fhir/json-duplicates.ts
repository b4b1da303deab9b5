/** Finds the properties that an object has twice, in text that is known to be JSON: parsing has dropped one of the two. */
import type { Way } from './findings.ts';
import { endOfString } from './json-string.ts';

export interface Duplicate {
  /** From the root object. */
  readonly way: Way;
  /** Where the second stands in the text. */
  readonly position: number;
}

/** Nobody needs more to see what went wrong. */
const MOST = 100;

export function duplicatesIn(text: string): readonly Duplicate[] {
  return new Walk(text).walk();
}

class Walk {
  readonly #text: string;
  readonly #way: (string | number)[] = [];
  readonly #found: Duplicate[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The depth of the text was measured before. */
  walk(): readonly Duplicate[] {
    const first = this.#next();
    if (first === '"') this.#string();
    else if (first === '{') this.#members();
    else if (first === '[') this.#items();
    else while (/[^\s,\]}]/.test(this.#text[this.#at] ?? ' ')) this.#at += 1;
    return this.#found;
  }

  #members(): void {
    const names = new Set<string>();
    this.#at += 1;
    for (let next = this.#next(); next !== '}' && next !== undefined; next = this.#next()) {
      if (next === ',') this.#at += 1;
      else this.#member(names);
    }
    this.#at += 1;
  }

  #member(names: Set<string>): void {
    const position = this.#at;
    const name = this.#string();
    this.#way.push(name);
    if (names.has(name) && this.#found.length < MOST) this.#found.push({ way: [...this.#way], position });
    names.add(name);
    this.#next();
    this.#at += 1;
    this.walk();
    this.#way.pop();
  }

  #items(): void {
    let index = 0;
    this.#at += 1;
    for (let next = this.#next(); next !== ']' && next !== undefined; next = this.#next()) {
      if (next === ',') this.#at += 1;
      else {
        this.#way.push(index++);
        this.walk();
        this.#way.pop();
      }
    }
    this.#at += 1;
  }

  /** The next character that is no space. */
  #next(): string | undefined {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
    return this.#text[this.#at];
  }

  /** As it is meant: an escape in a name is the character that it stands for. */
  #string(): string {
    const start = this.#at;
    this.#at = endOfString(this.#text, start);
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }
}
