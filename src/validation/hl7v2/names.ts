/** Names and codes are looked up where they stand in the message: no string is made of one of up to three characters. */

export const NO_NAME = 0;

/** Three capital letters or digits, the first a letter, as a number (`shortName`); NO_NAME for anything else. */
export function segmentName(bytes: Uint8Array, start: number): number {
  if (!isCapital(bytes[start] ?? 0)) return NO_NAME;
  for (let i = start + 1; i < start + 3; i++) {
    const code = bytes[i] ?? 0;
    if (!isCapital(code) && (code < 48 || code > 57)) return NO_NAME;
  }
  return shortName(bytes, start, start + 3);
}

const isCapital = (code: number): boolean => code >= 65 && code <= 90;

export function nameText(segment: number): string {
  return String.fromCharCode((segment >> 16) & 0xff, (segment >> 8) & 0xff, segment & 0xff);
}

const SHORT = 3;

/** Up to three characters as a number: how many, and eight bits for each. */
function shortName(bytes: Uint8Array, from: number, to: number): number {
  let name = to - from;
  for (let i = from; i < to; i++) name = (name << 8) | (bytes[i] ?? 0);
  return name;
}

/** A table of fixed names. */
export class Names<Value> {
  readonly #short = new Map<number, Value>();
  readonly #long = new Map<string, Value>();

  constructor(entries: Iterable<readonly [string, Value]>) {
    for (const [name, value] of entries) {
      if (name.length > SHORT) this.#long.set(name, value);
      else this.#short.set(shortName(Buffer.from(name, 'latin1'), 0, name.length), value);
    }
  }

  /** What there is under the name that stands from `from` to `to`. */
  find(bytes: Buffer, from: number, to: number): Value | undefined {
    if (to - from <= SHORT) return this.#short.get(shortName(bytes, from, to));
    return this.#long.get(bytes.toString('latin1', from, to));
  }
}
