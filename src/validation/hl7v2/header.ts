/** What a message header says of its message: MSH-9, 11 and 12, and by what the message can be searched. */
import { isKnownVersion } from './dictionary.ts';
import type { Delimiters } from './delimiters.ts';

export interface Header {
  /** MSH-9.1, 9.2 and 9.3; empty where there is nothing. */
  readonly code: string;
  readonly trigger: string;
  readonly structure: string;
  /** MSH-12.1. */
  readonly version: string;
  /** MSH-11.1. */
  readonly processing: string;
  /** Where MSH-3 to MSH-6 and MSH-10 lie in the text. */
  readonly application: Stretch;
  readonly facility: Stretch;
  readonly receivingApplication: Stretch;
  readonly receivingFacility: Stretch;
  readonly controlId: Stretch;
  /** MSH-18 with all its repetitions. */
  readonly characterSets: Stretch;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Longer than any value that is looked at: so much of a field is read. */
const MOST = 64;

export function readHeader(text: string, start: number, end: number, delimiters: Delimiters): Header {
  const separators = separatorsOf(text, start, end, delimiters.field);
  const at = (field: number): Stretch => ({
    start: Math.min((separators[field - 1] ?? end) + 1, end),
    end: separators[field] ?? end,
  });
  const [code, trigger, structure] = components(text, at(9), delimiters.component);
  return {
    code,
    trigger,
    structure,
    version: components(text, at(12), delimiters.component)[0],
    processing: components(text, at(11), delimiters.component)[0],
    application: at(3),
    facility: at(4),
    receivingApplication: at(5),
    receivingFacility: at(6),
    controlId: at(10),
    characterSets: at(18),
  };
}

/** Where the separators behind the fields up to MSH-18 are, by field number; that of MSH-1 is its only character. */
function separatorsOf(text: string, start: number, end: number, separator: number): number[] {
  const separators = [start + 3, start + 3];
  for (let at = start + 4; at < end && separators.length <= 18; at++)
    if (text.charCodeAt(at) === separator) separators.push(at);
  return separators;
}

/** The first three. */
function components(text: string, { start, end }: Stretch, separator: number): [string, string, string] {
  const to = Math.min(end, start + MOST);
  const first = componentEnd(text, start, to, separator);
  const second = componentEnd(text, first + 1, to, separator);
  const third = componentEnd(text, second + 1, to, separator);
  return [text.slice(start, first), text.slice(first + 1, second), text.slice(second + 1, third)];
}

function componentEnd(text: string, from: number, to: number, separator: number): number {
  let at = Math.min(from, to);
  while (at < to && text.charCodeAt(at) !== separator) at++;
  return at;
}

const isName = (value: string): boolean => /^[A-Z][A-Z0-9]{2}$/.test(value);

/** `ADT^A01`, or null where the field holds anything but two such names. */
export function typeOf(header: Header): string | null {
  if (!isName(header.code)) return null;
  if (header.trigger === '') return header.code === 'ACK' ? 'ACK' : null;
  return isName(header.trigger) ? `${header.code}^${header.trigger}` : null;
}

/** The version where it is one of the standard's, else null. */
export function versionOf(header: Header): string | null {
  return isKnownVersion(header.version) ? header.version : null;
}
