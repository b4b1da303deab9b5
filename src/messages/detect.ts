/** Tells the format of a message from its bytes. The sender's content type only tips the scales where they are even. */
import type { ContentType, Format } from './envelope.ts';

export interface Detected {
  readonly format: Format | null;
  readonly contentType: ContentType | null;
}

const unknown: Detected = { format: null, contentType: null };
const hl7v2: Detected = { format: 'hl7v2', contentType: 'application/hl7-v2' };
const x12: Detected = { format: 'x12', contentType: 'application/EDI-X12' };
const dicom: Detected = { format: 'dicom', contentType: 'application/dicom' };
const fhirJson: Detected = { format: 'fhir', contentType: 'application/fhir+json' };
const fhirXml: Detected = { format: 'fhir', contentType: 'application/fhir+xml' };

const OPEN_BRACE = 0x7b;
const LESS_THAN = 0x3c;

/**
 * Reads no more than it needs, in one pass: a megabyte of junk costs no more than its beginning, except for JSON, which
 * is read up to its `resourceType`.
 */
export function detect(bytes: Uint8Array, hint?: string): Detected {
  if (isDicom(bytes)) return dicom;
  return detectText(isSixteenBits(bytes) ? headOfSixteenBits(bytes) : bytes, hint);
}

function detectText(bytes: Uint8Array, hint: string | undefined): Detected {
  const start = firstVisible(bytes);
  const first = bytes[start];
  if (first === OPEN_BRACE) return isFhirJson(bytes, start, hint) ? fhirJson : unknown;
  if (first === LESS_THAN) return isFhirXml(bytes, start, hint) ? fhirXml : unknown;
  return detectSegments(bytes, start, hint);
}

/** UTF-16, by its mark or since it begins with a brace or a tag that has a byte of zeros beside it. */
export function isSixteenBits(bytes: Uint8Array): boolean {
  const [first, second] = [bytes[0], bytes[1]];
  if (first === undefined || second === undefined) return false;
  if (first >= 0xfe && first + second === 0xff + 0xfe) return true;
  const [visible, zeros] = first === 0 ? [second, first] : [first, second];
  return zeros === 0 && (visible === OPEN_BRACE || visible === LESS_THAN);
}

/** FHIR is not sent so; that it is FHIR shall yet be said. What is not ASCII tells nothing of the format. */
function headOfSixteenBits(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, 2 * 4096).filter((byte) => byte !== 0 && byte < 0x80);
}

/** PS3.10, 7.1: 128 bytes of preamble, then DICM; some files begin at the meta group or even at the data set. */
function isDicom(bytes: Uint8Array): boolean {
  if (bytes[128] === 0x44 && ascii(bytes, 128, 4) === 'DICM') return true;
  return bytes.length > 8 && isFirstElement(bytes);
}

/** An element of group 0002 or 0008: with the letters of its representation, or a length of less than 64 KiB instead. */
function isFirstElement(bytes: Uint8Array): boolean {
  const isExplicit = /^(?:UL|OB|UI|CS|DA|SH|LO)$/.test(ascii(bytes, 4, 2));
  if (bytes[0] === 0) return bytes[1] === 0x08 && isExplicit;
  if ((bytes[0] !== 0x02 && bytes[0] !== 0x08) || bytes[1] !== 0) return false;
  return isExplicit || (bytes[3] === 0 && bytes[6] === 0 && bytes[7] === 0);
}

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** The first byte that is neither a byte order mark nor white space nor the start block of MLLP (0x0B). */
function firstVisible(bytes: Uint8Array): number {
  let at = byteOrderMark.every((byte, i) => bytes[i] === byte) ? 3 : 0;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) break;
  }
  return at;
}

function detectSegments(bytes: Uint8Array, start: number, hint: string | undefined): Detected {
  const name = ascii(bytes, start, 3);
  const separated = isSeparator(bytes[start + 3]);
  if (separated && (name === 'MSH' || name === 'FHS' || name === 'BHS')) return hl7v2;
  if (separated && name === 'ISA') return x12;
  // Without its first segment only the sender's word tells one family of segments from the other.
  if (separated && /^[A-Z][A-Z0-9]{2}$/.test(name) && claims(hint, 'hl7')) return hl7v2;
  if (/^(?:TA1|GS|ST)[^A-Za-z0-9\s]/.test(ascii(bytes, start, 4)) && claims(hint, 'x12')) return x12;
  return unknown;
}

function isSeparator(byte: number | undefined): boolean {
  if (byte === undefined || byte <= 0x20 || byte >= 0x7f) return false;
  return !/[A-Za-z0-9]/.test(String.fromCharCode(byte));
}

/** FHIR JSON has a `resourceType` at its top level (FHIR R4, 2.6.2); its beginning may be all that we were given. */
function isFhirJson(bytes: Uint8Array, start: number, hint: string | undefined): boolean {
  return claims(hint, 'fhir+json') || hasTopLevelKey(bytes, start, 'resourceType');
}

function isFhirXml(bytes: Uint8Array, start: number, hint: string | undefined): boolean {
  return claims(hint, 'fhir+xml') || ascii(bytes, start, 4096).includes('http://hl7.org/fhir');
}

function claims(hint: string | undefined, part: string): boolean {
  return hint?.toLowerCase().includes(part) ?? false;
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  let text = '';
  const end = Math.min(bytes.length, start + length);
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Is there a member of that name directly in the object that begins at `start`? One pass that looks only at quotes and
 * brackets, so that neither depth nor width can cost more than the bytes.
 */
export function hasTopLevelKey(bytes: Uint8Array, start: number, key: string): boolean {
  let depth = 0;
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const end = endOfString(bytes, i);
      if (
        depth === 1 &&
        end - i - 1 === key.length &&
        isKey(bytes, end + 1) &&
        ascii(bytes, i + 1, key.length) === key
      )
        return true;
      i = end;
    } else if (byte === OPEN_BRACE || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

function endOfString(bytes: Uint8Array, open: number): number {
  let i = open + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}

function isKey(bytes: Uint8Array, after: number): boolean {
  let i = after;
  while (bytes[i] === 0x20 || (bytes[i] ?? 0xff) - 0x09 <= 4) i++;
  return bytes[i] === COLON;
}
