/**
 * Finds where a text stops being JSON (RFC 8259), and says what is expected there. `JSON.parse` tells the position of some
 * faults only, and quotes the text.
 */

export interface Fault {
  readonly position: number;
  /** To end a sentence with. */
  readonly reason: string;
}

type Wanted = 'value' | 'item' | 'property' | 'next-property' | 'colon' | 'more';

const CUT_OFF = 'it is cut off';
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const plainText = /[^"\\\0-\x1f]+/y;

/** The first fault of a text that `JSON.parse` refuses. */
export function faultIn(text: string): Fault {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  /** What is open: objects and arrays, by their first characters. */
  readonly #open: string[] = [];
  #at = 0;
  #wanted: Wanted = 'value';

  constructor(text: string) {
    this.#text = text;
  }

  read(): Fault {
    for (;;) {
      while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
      const next = this.#text[this.#at];
      if (next === undefined) return this.#fault(CUT_OFF);
      const fault = this.#step(next);
      if (fault !== null) return fault;
    }
  }

  #step(next: string): Fault | null {
    switch (this.#wanted) {
      case 'value':
        return this.#value(next);
      case 'item':
        return next === ']' ? this.#close() : this.#value(next);
      case 'property':
        return next === '}' ? this.#close() : this.#name(next);
      case 'next-property':
        return this.#name(next);
      case 'colon':
        return next === ':'
          ? this.#pass('value')
          : this.#fault('a colon is expected behind the name of a property');
      case 'more':
        return this.#more(next);
    }
  }

  #value(next: string): Fault | null {
    if (next === '"') return this.#string('more');
    if (next === '{' || next === '[') {
      this.#open.push(next);
      return this.#pass(next === '{' ? 'property' : 'item');
    }
    scalar.lastIndex = this.#at;
    if (!scalar.test(this.#text)) {
      return this.#fault('a value is expected: a text in double quotes, a number, true, false, null, { or [');
    }
    this.#at = scalar.lastIndex;
    this.#wanted = 'more';
    return null;
  }

  #name(next: string): Fault | null {
    return next === '"'
      ? this.#string('colon')
      : this.#fault('the name of a property in double quotes is expected');
  }

  #more(next: string): Fault | null {
    const open = this.#open.at(-1);
    if (open === undefined) return this.#fault('the JSON has ended before this');
    if (next === ',') return this.#pass(open === '{' ? 'next-property' : 'value');
    if (next === (open === '{' ? '}' : ']')) return this.#close();
    return this.#fault(open === '{' ? 'a comma or } is expected' : 'a comma or ] is expected');
  }

  #close(): null {
    this.#open.pop();
    return this.#pass('more');
  }

  #pass(wanted: Wanted): null {
    this.#at += 1;
    this.#wanted = wanted;
    return null;
  }

  #string(wanted: Wanted): Fault | null {
    this.#at += 1;
    for (;;) {
      plainText.lastIndex = this.#at;
      if (plainText.test(this.#text)) this.#at = plainText.lastIndex;
      const next = this.#text[this.#at];
      if (next === '"') return this.#pass(wanted);
      if (next === undefined) return this.#fault(CUT_OFF);
      if (next !== '\\')
        return this.#fault('a text has a control character: a line end in it is written \\n, a tab \\t');
      escape.lastIndex = this.#at;
      if (!escape.test(this.#text))
        return this.#fault('a backslash begins no escape here: by itself it is written \\\\');
      this.#at = escape.lastIndex;
    }
  }

  #fault(reason: string): Fault {
    return { position: this.#at, reason };
  }
}
