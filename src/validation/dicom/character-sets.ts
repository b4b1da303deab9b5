/** The character sets of DICOM (PS3.3, C.12.1.1.2; PS3.5, 6.1): whether bytes are text of them, and which text. */

/** The text; or what is wrong: bytes that are no characters, or an escape sequence to a set that is not named. */
export type Decoded = { readonly text: string } | { readonly fault: 'bytes' | 'escape' };

export interface CharacterSets {
  decode(bytes: Uint8Array): Decoded;
}

/** What an escape sequence puts into the lower half of a byte's values (G0) or into the upper one (G1). */
interface Designation {
  readonly half: 'G0' | 'G1';
  readonly encoding: Encoding;
}

/** Labels of the Encoding Standard, and four that it does not have. */
type Encoding = string;
const ASCII = 'ascii';
const LATIN_1 = 'latin1';
const KATAKANA = 'jis-x-0201';
/** Kanji that no decoder of Node.js knows: pairs are counted, not read. */
const SUPPLEMENTARY_KANJI = 'jis-x-0212';

interface Row {
  readonly term: string;
  /** What the upper half holds at the beginning, where the term is the first. */
  readonly encoding: Encoding;
  readonly escapes: readonly (readonly [sequence: string, designation: Designation])[];
}

/** Sets of one byte a character: registration number, encoding, and the end of the escape sequence (ISO 2022). */
const singleByte: readonly (readonly [number: string, encoding: Encoding, sequence: string])[] = [
  ['100', LATIN_1, '-A'],
  ['101', 'iso-8859-2', '-B'],
  ['109', 'iso-8859-3', '-C'],
  ['110', 'iso-8859-4', '-D'],
  ['144', 'iso-8859-5', '-L'],
  ['127', 'iso-8859-6', '-G'],
  ['126', 'iso-8859-7', '-F'],
  ['138', 'iso-8859-8', '-H'],
  ['148', 'iso-8859-9', '-M'],
  ['203', 'iso-8859-15', '-b'],
  ['166', 'windows-874', '-T'],
  ['13', KATAKANA, ')I'],
];

const plain: Designation = { half: 'G0', encoding: ASCII };

const rows: readonly Row[] = [
  ...['', 'ISO_IR 6', 'ISO 2022 IR 6'].map((term) => ({ term, encoding: ASCII, escapes: [] })),
  ...singleByte.flatMap(([number, encoding, sequence]) => singleByteRows(number, encoding, sequence)),
  pairs('ISO 2022 IR 87', '$B', { half: 'G0', encoding: 'euc-jp' }),
  pairs('ISO 2022 IR 159', '$(D', { half: 'G0', encoding: SUPPLEMENTARY_KANJI }),
  pairs('ISO 2022 IR 149', '$)C', { half: 'G1', encoding: 'euc-kr' }),
  pairs('ISO 2022 IR 58', '$)A', { half: 'G1', encoding: 'gbk' }),
  { term: 'ISO_IR 192', encoding: 'utf-8', escapes: [] },
  { term: 'GB18030', encoding: 'gb18030', escapes: [] },
  { term: 'GBK', encoding: 'gbk', escapes: [] },
];

const byTerm = new Map(rows.map((row) => [row.term, row]));
const decoders = new Map<Encoding, TextDecoder>();

/** The sets that the values of Specific Character Set name; null where one of them is none of the standard's. */
export function characterSetsOf(terms: readonly string[]): CharacterSets | null {
  const sets = terms.map((term) => byTerm.get(term));
  const [first] = sets;
  const named = sets.filter((set) => set !== undefined);
  if (first === undefined || named.length < sets.length) return null;
  // JIS X 0201 has Roman letters of its own, `(J`; they are ASCII but for two characters.
  const escapes = new Map([['(B', plain], ['(J', plain], ...named.flatMap((row) => row.escapes)]);
  return { decode: (bytes) => decodeAll(bytes, first.encoding, escapes) };
}

function singleByteRows(number: string, encoding: Encoding, sequence: string): readonly Row[] {
  const escapes = [[sequence, { half: 'G1', encoding }] as const];
  return [`ISO_IR ${number}`, `ISO 2022 IR ${number}`].map((term) => ({ term, encoding, escapes }));
}

function pairs(term: string, sequence: string, designation: Designation): Row {
  return { term, encoding: ASCII, escapes: [[sequence, designation]] };
}

const ESCAPE = 0x1b;

/** The parts between escape sequences, each by the sets that are designated there (PS3.5, 6.1.2.5). */
function decodeAll(bytes: Uint8Array, first: Encoding, escapes: ReadonlyMap<string, Designation>): Decoded {
  let text = '';
  let lower: Encoding = ASCII;
  let upper = first;
  for (let at = 0; ;) {
    const next = bytes.indexOf(ESCAPE, at);
    const part = bytes.subarray(at, next < 0 ? bytes.length : next);
    const decoded = lower === ASCII ? decodeUpper(part, upper) : decodePairs(part, lower);
    if (decoded === null) return { fault: 'bytes' };
    text += decoded;
    if (next < 0) return { text };
    const sequence = sequenceAt(bytes, next + 1);
    const designation = escapes.get(sequence);
    if (designation === undefined) return { fault: 'escape' };
    if (designation.half === 'G0') lower = designation.encoding;
    else upper = designation.encoding;
    at = next + 1 + sequence.length;
  }
}

/** Intermediate bytes and the final one (ISO 2022): `$)C`. */
function sequenceAt(bytes: Uint8Array, from: number): string {
  let end = from;
  while (end < bytes.length && isIntermediate(bytes[end] ?? 0)) end += 1;
  return Buffer.from(bytes.subarray(from, end + 1)).toString('latin1');
}

function isIntermediate(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x2f;
}

/** ASCII, and the set in the upper half. Null where a byte is no character of either. */
function decodeUpper(bytes: Uint8Array, encoding: Encoding): string | null {
  switch (encoding) {
    case ASCII:
      return bytes.every((byte) => byte < 0x80) ? latin(bytes) : null;
    case LATIN_1:
      return bytes.every((byte) => byte < 0x80 || byte >= 0xa0) ? latin(bytes) : null;
    case KATAKANA:
      return bytes.every((byte) => byte < 0x80 || (byte >= 0xa1 && byte <= 0xdf)) ? latin(bytes) : null;
    default:
      return decodeBy(encoding, bytes);
  }
}

/** Two bytes a character, of the lower half. */
function decodePairs(bytes: Uint8Array, encoding: Encoding): string | null {
  if (encoding === SUPPLEMENTARY_KANJI) return '〓'.repeat(Math.ceil(bytes.length / 2));
  return decodeBy(
    encoding,
    bytes.map((byte) => (byte > 0x20 && byte < 0x7f ? byte | 0x80 : byte)),
  );
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function decodeBy(encoding: Encoding, bytes: Uint8Array): string | null {
  let decoder = decoders.get(encoding);
  if (decoder === undefined) {
    decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    decoders.set(encoding, decoder);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
