/** The header of a message that is answered: its fields, ready to stand in the answer. Reads nothing but the header. */
import { declaredDelimiters, type Delimiters } from './delimiters.ts';
import { isKnownVersion } from './dictionary.ts';

/** A header segment longer than this is not read to its end. */
const MOST_HEADER = 64 * 1024;

/** Longer than any name of an application or id in use. */
const MOST_ECHOED = 200;

/** Bytes are read and written one to a character, so that what is echoed is echoed in the character set that it came in. */
export class Echo {
  /** False where there is no MSH segment, or none whose field separator can be told. */
  readonly readable: boolean;
  /** As MSH-1 and MSH-2 write them. */
  readonly field: string;
  readonly declared: string;
  /** The body answers a message itself: MSH-9 is ACK or MCF, or MSA follows the header (ch. 2, 2.9.2 and 2.9.3). */
  readonly isAcknowledgement: boolean;
  readonly #fields: readonly string[];
  readonly #delimiters: Delimiters;
  readonly #names: ReadonlyMap<string, string>;
  readonly #faulty: boolean;

  constructor(body: Uint8Array) {
    const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, MOST_HEADER)).toString(
      'latin1',
    );
    const start = headerStart(text);
    const end = segmentEnd(text, start);
    const { delimiters, fault } = declaredDelimiters(text, start, end);
    this.readable = text.startsWith('MSH', start) && text.charCodeAt(start + 3) === delimiters.field;
    this.#faulty = fault !== undefined;
    this.#delimiters = this.#faulty ? declaredDelimiters('MSH|^~\\&|', 0, 9).delimiters : delimiters;
    this.field = String.fromCharCode(this.#delimiters.field);
    const { component, repetition, escape, subcomponent } = this.#delimiters;
    this.declared = String.fromCharCode(component, repetition, escape, subcomponent);
    this.#names = escapeNames(this.#delimiters);
    const separator = String.fromCharCode(delimiters.field);
    this.#fields = this.readable ? text.slice(start, end).split(separator) : [];
    this.isAcknowledgement =
      /^(?:ACK|MCF)$/.test(this.component(9, 1)) || (this.readable && answers(text, end, separator));
  }

  /** Field `MSH-n` as it was written, but for what could end a field or a segment. */
  raw(n: number): string {
    const value = this.#valueOf(n);
    const cut = value.length > MOST_ECHOED ? withoutTornEnd(value.slice(0, MOST_ECHOED)) : value;
    const clean = withoutControls(cut);
    return this.#faulty ? this.#escaped(clean) : clean;
  }

  /** Component `MSH-n.m`, for comparison with the standard's words. */
  component(n: number, m: number): string {
    const separator = String.fromCharCode(this.#delimiters.component);
    return this.#valueOf(n).slice(0, MOST_ECHOED).split(separator, m)[m - 1] ?? '';
  }

  /** The version where it is one of the standard's, else null. */
  get version(): string | null {
    const version = this.component(12, 1);
    return isKnownVersion(version) ? version : null;
  }

  /** Words of ours as text of a field, in ASCII (ch. 2, 2.7). */
  text(words: string): string {
    return this.#escaped(inAscii(withoutControls(words)));
  }

  /** Components of ours. */
  parts(...values: readonly string[]): string {
    const component = String.fromCharCode(this.#delimiters.component);
    const texts = values.map((value) => this.text(value));
    while (texts.at(-1) === '') texts.pop();
    return texts.join(component);
  }

  /** MSH-1 is the separator itself, so that field `n` is the one after `n - 1` of them. */
  #valueOf(n: number): string {
    return this.#fields[n - 1] ?? '';
  }

  #escaped(text: string): string {
    const sign = String.fromCharCode(this.#delimiters.escape);
    return Array.from(text, (character) => {
      const name = this.#names.get(character);
      return name === undefined ? character : sign + name + sign;
    }).join('');
  }
}

/** At the beginning, or where a batch (FHS, BHS) is around it, the first one in that. */
function headerStart(text: string): number {
  const start = /^(?:\u00ef\u00bb\u00bf)?[\t-\r ]*/.exec(text)?.[0].length ?? 0;
  if (!/^[FB]HS/.test(text.slice(start, start + 3))) return start;
  const within = /[\r\n]MSH/.exec(text);
  return within === null ? start : within.index + 1;
}

function segmentEnd(text: string, start: number): number {
  const ends = [text.indexOf('\r', start), text.indexOf('\n', start)].filter((end) => end >= 0);
  return Math.min(...ends, text.length);
}

/** MSA comes right after the header, or after what identifies the software and the user. */
function answers(text: string, headerEnd: number, separator: string): boolean {
  const rest = text.slice(headerEnd);
  const before = /^[\r\n]+(?:(?:SFT|UAC)[^\r\n]*[\r\n]+)*/.exec(rest)?.[0].length;
  return before !== undefined && rest.startsWith(`MSA${separator}`, before);
}

function escapeNames({ field, component, repetition, escape, subcomponent }: Delimiters) {
  const names = [
    [field, 'F'],
    [component, 'S'],
    [repetition, 'R'],
    [escape, 'E'],
    [subcomponent, 'T'],
  ] as const;
  return new Map(names.map(([code, name]) => [String.fromCharCode(code), name]));
}

/** Neither a carriage return nor any other control character passes. */
function withoutControls(value: string): string {
  return value.replaceAll(/[^ -~\x80-\xff]/g, ' ');
}

/** The bytes of a character beyond ASCII that may have lost its others. */
function withoutTornEnd(value: string): string {
  return value.replace(/[\x80-\xff]{1,4}$/, '');
}

function inAscii(words: string): string {
  return words.replaceAll(/[‘’]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?');
}
