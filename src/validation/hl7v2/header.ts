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
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Longer than any value that is looked at: so much of a field is read. */
const MOST = 64;

export function readHeader(text: string, start: number, end: number, delimiters: Delimiters): Header {
  const fields = fieldStretches(text, start, end, delimiters.field);
  const at = (field: number): Stretch => fields[field] ?? { start: end, end };
  const parts = (field: number): string[] => {
    const { start: from, end: to } = at(field);
    return text.slice(from, Math.min(to, from + MOST)).split(String.fromCharCode(delimiters.component), 4);
  };
  const [code = '', trigger = '', structure = ''] = parts(9);
  return {
    code,
    trigger,
    structure,
    version: parts(12)[0] ?? '',
    processing: parts(11)[0] ?? '',
    application: at(3),
    facility: at(4),
    receivingApplication: at(5),
    receivingFacility: at(6),
    controlId: at(10),
  };
}

/** By field number, up to MSH-12. */
function fieldStretches(text: string, start: number, end: number, separator: number): Stretch[] {
  const fields: Stretch[] = [
    { start, end: start },
    { start: start + 3, end: start + 4 },
  ];
  let from = start + 4;
  while (from <= end && fields.length <= 12) {
    let to = from;
    while (to < end && text.charCodeAt(to) !== separator) to++;
    fields.push({ start: from, end: to });
    from = to + 1;
  }
  return fields;
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
