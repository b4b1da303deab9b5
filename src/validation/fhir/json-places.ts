/** Finds the lines and columns of elements in JSON that has been parsed before, so that it is known to be JSON. */
import { endOfString } from './json-string.ts';
import type { Place } from '../engine.ts';
import type { Way } from './findings.ts';
import { Wanted } from './wanted.ts';

export function placesInJson(text: string, ways: readonly Way[]): readonly (Place | undefined)[] {
  if (ways.every(({ length }) => length === 0)) return ways.map(() => undefined);
  const root = Wanted.tree(ways);
  new Scanner(text).scan(root);
  return ways.map((way) => root.placeOf(way));
}

/** Goes into what is wanted, and passes over the rest. */
class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(root: Wanted): void {
    this.#space();
    this.#mark(root);
    this.#value(root);
  }

  #value(node: Wanted | undefined): void {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '"') this.#string();
    else if (first !== '{' && first !== '[') this.#word();
    else if (node?.hasChildren !== true) this.#skipNested();
    else if (first === '{') this.#members(node);
    else this.#items(node);
  }

  #members(node: Wanted): void {
    this.#at += 1;
    for (;;) {
      this.#space();
      const next = this.#text[this.#at];
      if (next === ',') this.#at += 1;
      else if (next !== '"') break;
      else this.#member(node);
    }
    this.#at += 1;
  }

  #member(node: Wanted): void {
    const start = this.#at;
    const name = this.#string();
    const child = node.child(name) ?? (name.startsWith('_') ? node.child(name.slice(1)) : undefined);
    if (child !== undefined) this.#mark(child, start);
    this.#space();
    this.#at += 1;
    this.#value(child);
  }

  #items(node: Wanted): void {
    this.#at += 1;
    for (let index = 0; ;) {
      this.#space();
      const next = this.#text[this.#at];
      if (next === ']' || next === undefined) break;
      if (next === ',') {
        this.#at += 1;
        index += 1;
        continue;
      }
      const child = node.child(index);
      if (child !== undefined) this.#mark(child);
      this.#value(child);
    }
    this.#at += 1;
  }

  /** The first of `given` and `_given` counts. */
  #mark(node: Wanted, at = this.#at): void {
    if (node.place !== undefined) return;
    for (; this.#counted < at; this.#counted += 1) {
      if (this.#text[this.#counted] !== '\n') continue;
      this.#line += 1;
      this.#lineStart = this.#counted + 1;
    }
    node.place = { line: this.#line, column: at - this.#lineStart + 1 };
  }

  #space(): void {
    while (' \t\r\n\ufeff'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    this.#at = endOfString(this.#text, start);
    return this.#text.slice(start + 1, this.#at - 1);
  }

  #word(): void {
    const start = this.#at;
    while (/[^\s,\]}]/.test(this.#text[this.#at] ?? ' ')) this.#at += 1;
    if (this.#at === start) this.#at += 1;
  }

  #skipNested(): void {
    let open = 0;
    do {
      const next = this.#text[this.#at];
      if (next === '"') this.#string();
      else {
        if (next === '{' || next === '[') open += 1;
        else if (next === '}' || next === ']') open -= 1;
        this.#at += 1;
      }
    } while (open > 0 && this.#at < this.#text.length);
  }
}
