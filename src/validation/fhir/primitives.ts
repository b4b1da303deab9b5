/** The primitive data types of FHIR R4: how JSON holds them, and what their values look like (R4, 2.24.0.1). */
import { isDay } from '../calendar.ts';

export interface Primitive {
  readonly name: string;
  /** The JSON type that holds a value (R4, 2.6.2.1). */
  readonly json: 'string' | 'number' | 'boolean';
  readonly holds: (value: unknown) => boolean;
  /** What a value looks like, to end a sentence with. */
  readonly form: string;
}

const MOST_CHARACTERS = 1024 * 1024;
const LARGEST_INTEGER = 2 ** 31 - 1;

const dateParts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/;
const zone = /(Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/;
const oid = /^urn:oid:[0-2](\.(0|[1-9]\d*))+$/;
const uuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const all: readonly Primitive[] = [
  text('string', isText, 'text of at most 1 MB, not empty, without control characters'),
  text('markdown', isText, 'markdown of at most 1 MB, not empty, without control characters'),
  text('code', isCode, 'without spaces at its ends and with single spaces within'),
  text('id', isId, '1 to 64 letters, digits, hyphens and dots'),
  text('uri', isUri, 'a URI without spaces, with an OID after urn:oid: and a UUID after urn:uuid:'),
  text('url', isUri, 'a URL without spaces, with an OID after urn:oid: and a UUID after urn:uuid:'),
  text('canonical', isUri, 'a canonical URL without spaces'),
  text('oid', (value) => oid.test(value), 'urn:oid: and an OID'),
  text('uuid', (value) => uuid.test(value), 'urn:uuid: and a UUID'),
  text('date', isDate, 'a day of the calendar as YYYY, YYYY-MM or YYYY-MM-DD'),
  text('dateTime', isDateTime, 'YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone'),
  text('instant', isInstant, 'YYYY-MM-DDThh:mm:ss with a time zone'),
  text('time', (value) => timeOfDay.test(value), 'hh:mm:ss'),
  text('base64Binary', isBase64, 'base64 (RFC 4648, section 4)'),
  text('xhtml', isNarrative, 'XHTML within one div element of the namespace http://www.w3.org/1999/xhtml'),
  number('integer', isInteger(-LARGEST_INTEGER - 1), 'a whole number of 32 bits'),
  number('unsignedInt', isInteger(0), 'a whole number from 0 to 2147483647'),
  number('positiveInt', isInteger(1), 'a whole number from 1 to 2147483647'),
  text('integer64', isInteger64, 'a whole number of 64 bits, as a string'),
  number('decimal', Number.isFinite, 'a decimal number that 64 bits can hold (IEEE 754)'),
  { name: 'boolean', json: 'boolean', holds: (value) => typeof value === 'boolean', form: 'true or false' },
];

export const primitives: ReadonlyMap<string, Primitive> = new Map(
  all.map((primitive) => [primitive.name, primitive]),
);

function text(name: string, test: (value: string) => boolean, form: string): Primitive {
  return { name, json: 'string', form, holds: (value) => typeof value === 'string' && test(value) };
}

function number(name: string, test: (value: number) => boolean, form: string): Primitive {
  return { name, json: 'number', form, holds: (value) => typeof value === 'number' && test(value) };
}

function isInteger(least: number): (value: number) => boolean {
  return (value) => Number.isInteger(value) && value >= least && value <= LARGEST_INTEGER;
}

/** Not only white space, and no control characters but tab, carriage return and line feed (R4, string). */
function isText(value: string): boolean {
  return value.length <= MOST_CHARACTERS && /\S/.test(value) && !/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(value);
}

function isCode(value: string): boolean {
  return /^\S+(\s\S+)*$/.test(value);
}

function isId(value: string): boolean {
  return /^[A-Za-z0-9.-]{1,64}$/.test(value);
}

/** What says that it is an OID or a UUID has to be one (R4, datatypes.html#uri), in either case. */
function isUri(value: string): boolean {
  if (!/^\S+$/.test(value)) return false;
  if (!value.startsWith('urn:')) return true;
  const [name = ''] = value.split(/[|#]/, 1);
  if (value.startsWith('urn:oid:')) return oid.test(name);
  return !value.startsWith('urn:uuid:') || uuid.test(name.toLowerCase());
}

function isDate(value: string): boolean {
  const parts = dateParts.exec(value);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? '01'), Number(parts[3] ?? '01')];
  return year >= 1 && isDay(year, month, day);
}

function isDateTime(value: string): boolean {
  return isDate(value) || isInstant(value);
}

function isInstant(value: string): boolean {
  const offset = zone.exec(value.slice(19));
  if (offset === null || value[10] !== 'T') return false;
  return isDate(value.slice(0, 10)) && timeOfDay.test(value.slice(11, 19 + offset.index));
}

/** R5 alone has it, and JSON holds it as a string, since its numbers are not that long. */
function isInteger64(value: string): boolean {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(value)) return false;
  return BigInt.asIntN(64, BigInt(value)) === BigInt(value);
}

/** White space may stand anywhere within (R4, base64Binary). One pass: the pattern in the standard backtracks. */
function isBase64(value: string): boolean {
  let digits = 0;
  let padding = 0;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (isSpace(code)) continue;
    if (code === 0x3d) padding += 1;
    else if (padding > 0 || !isBase64Digit(code)) return false;
    else digits += 1;
  }
  return digits > 0 && padding <= 2 && (digits + padding) % 4 === 0;
}

function isBase64Digit(code: number): boolean {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter || (code >= 0x2f && code <= 0x39) || code === 0x2b;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isNarrative(value: string): boolean {
  return (
    /^\s*<div[\s>/]/.test(value) &&
    value.includes('http://www.w3.org/1999/xhtml') &&
    value.trimEnd().endsWith('>')
  );
}
