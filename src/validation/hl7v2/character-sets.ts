/** The character set that a message declares in MSH-18 (HL7 table 0211), and its bytes read by it, fatally. */
import { isAscii, isUtf8 } from 'node:buffer';

/** By the standard's name: the name that `TextDecoder` knows. */
const decoders: ReadonlyMap<string, string> = new Map([
  ['8859/1', 'iso-8859-1'],
  ['8859/2', 'iso-8859-2'],
  ['8859/3', 'iso-8859-3'],
  ['8859/4', 'iso-8859-4'],
  ['8859/5', 'iso-8859-5'],
  ['8859/6', 'iso-8859-6'],
  ['8859/7', 'iso-8859-7'],
  ['8859/8', 'iso-8859-8'],
  ['8859/9', 'iso-8859-9'],
  ['8859/15', 'iso-8859-15'],
  ['UNICODE', 'utf-8'],
  ['UNICODE UTF-8', 'utf-8'],
  // JIS X 0201 and 0208, switched by escape sequences (ISO 2022).
  ['ISO IR6', 'iso-2022-jp'],
  ['ISO IR14', 'iso-2022-jp'],
  ['ISO IR87', 'iso-2022-jp'],
  ['ISO IR159', 'iso-2022-jp'],
  ['GB 18030-2000', 'gb18030'],
  ['KS X 1001', 'euc-kr'],
  ['BIG-5', 'big5'],
]);

/** Sets of more than one byte a character throughout: the message could not be told as HL7 v2 in them. */
const wide: ReadonlySet<string> = new Set(['UNICODE UTF-16', 'UNICODE UTF-32']);

/** Known to the standard, but to nobody who could read it here. */
const unread: ReadonlySet<string> = new Set(['CNS 11643-1992', 'JAS2020', 'JIS X 0202']);

export type CharacterSetFault = 'unknown' | 'undeclared' | 'undecodable' | 'wide';

export interface ReadBytes {
  /** In UTF-8 where the message declares another set that could be read; else as they came. */
  readonly bytes: Buffer;
  readonly fault: CharacterSetFault | undefined;
}

const ESCAPE = 0x1b;

/** `declared`: the repetitions of MSH-18. The first is the one that the message is in; the others are switched to. */
export function readBytes(bytes: Buffer, declared: readonly string[]): ReadBytes {
  const unknown = declared.some((name) => name !== '' && name !== 'ASCII' && !isKnown(name));
  const plain = { bytes, fault: unknown ? 'unknown' : undefined } as const;
  if (declared.some((name) => wide.has(name))) return { bytes, fault: 'wide' };
  if (isAscii(bytes) && (declared.length < 2 || !bytes.includes(ESCAPE))) return plain;
  if (unknown || declared.some((name) => unread.has(name))) return plain;
  const label = labelOf(declared);
  if (label === undefined) return { bytes, fault: 'undeclared' };
  if (label === 'utf-8') return { bytes, fault: isUtf8(bytes) ? undefined : 'undecodable' };
  return decoded(bytes, label);
}

const isKnown = (name: string): boolean => decoders.has(name) || wide.has(name) || unread.has(name);

/** The set that holds all of those declared: that of the last one, since each later one adds to ASCII. */
function labelOf(declared: readonly string[]): string | undefined {
  return decoders.get(declared.findLast((name) => decoders.has(name)) ?? '');
}

/** Multi-byte sets may hold the codes of delimiters within a character: such a message is examined as UTF-8. */
function decoded(bytes: Buffer, label: string): ReadBytes {
  try {
    const text = new TextDecoder(label, { fatal: true }).decode(bytes);
    return { bytes: Buffer.from(text, 'utf8'), fault: undefined };
  } catch (thrown) {
    if (thrown instanceof TypeError) return { bytes, fault: 'undecodable' };
    throw thrown;
  }
}
