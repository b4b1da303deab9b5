/** The value representations of DICOM (PS3.5, 6.2): how they are encoded and what their values look like. */
import { isDay } from '../calendar.ts';

export interface ValueRepresentation {
  /** In explicit VR its length has 32 bits after two reserved bytes (PS3.5, 7.1.2). */
  readonly isLong: boolean;
  readonly kind: 'text' | 'binary' | 'opaque';
  /** Binary: bytes of one value. Text: most characters of one value; 0 for no limit. */
  readonly size: number;
  /** Text: whether a backslash separates values. */
  readonly isMultiple: boolean;
  /** Text: whether Specific Character Set says which characters its bytes are. */
  readonly isLocal: boolean;
  /** Text: whether one value, without padding, is in the format. Null where any characters may be. */
  readonly holds: ((value: string) => boolean) | null;
  /** What a value looks like, to end a sentence with. */
  readonly form: string;
}

const LARGEST_INTEGER = 2 ** 31;

const table: readonly (readonly [name: string, representation: ValueRepresentation])[] = [
  text('AE', 16, isVisible, 'an application entity title without control characters'),
  text('AS', 4, matches(/^\d{3}[DWMY]$/), 'nnnD, nnnW, nnnM or nnnY'),
  text('CS', 16, matches(/^[A-Z0-9 _]*$/), 'of capital letters, digits, spaces and underscores'),
  text('DA', 8, isDate, 'a day of the calendar as YYYYMMDD'),
  text('DS', 16, matches(/^[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?$/), 'a decimal number'),
  text('DT', 26, isDateTime, 'a time as YYYYMMDDHHMMSS.FFFFFF&ZZXX'),
  text('IS', 12, isIntegerString, 'a whole number of 32 bits'),
  localText('LO', 64, null, 'text without control characters'),
  localText(
    'PN',
    0,
    isPersonName,
    'a name: up to three groups of up to five components, 64 characters a group',
  ),
  localText('SH', 16, null, 'text without control characters'),
  text('TM', 16, isTime, 'a time of day as HHMMSS.FFFFFF'),
  text('UI', 64, isUid, 'a UID: numbers without leading zeros, separated by dots'),
  longText('UC', 0, true),
  block('LT', 10_240),
  block('ST', 1024),
  longText('UT', 0, false),
  [
    'UR',
    { isLong: true, kind: 'text', size: 0, isMultiple: false, isLocal: false, holds: isUri, form: 'a URI' },
  ],
  binary('AT', 4),
  binary('FL', 4),
  binary('FD', 8),
  binary('SL', 4),
  binary('SS', 2),
  binary('UL', 4),
  binary('US', 2),
  binary('SV', 8, true),
  binary('UV', 8, true),
  opaque('OB', 1),
  opaque('OD', 8),
  opaque('OF', 4),
  opaque('OL', 4),
  opaque('OV', 8),
  opaque('OW', 2),
  opaque('SQ', 1),
  opaque('UN', 1),
];

export const valueRepresentations: ReadonlyMap<string, ValueRepresentation> = new Map(table);

/** Names of value representations by their two bytes, as one number: cheaper than to make a string of them each time. */
const names = new Map(table.map(([name]) => [name.charCodeAt(0) * 256 + name.charCodeAt(1), name]));

/** The name of the value representation at the offset; undefined where the standard has none of those letters. */
export function nameAt(bytes: Uint8Array, at: number): string | undefined {
  return names.get((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0));
}

type Row = readonly [string, ValueRepresentation];

function text(name: string, size: number, holds: ((value: string) => boolean) | null, form: string): Row {
  return [name, { isLong: false, kind: 'text', size, isMultiple: true, isLocal: false, holds, form }];
}

function localText(...[name, size, holds, form]: Parameters<typeof text>): Row {
  return [name, { isLong: false, kind: 'text', size, isMultiple: true, isLocal: true, holds, form }];
}

/** Text in which a backslash is a character like any other. */
function block(name: string, size: number): Row {
  return [
    name,
    { isLong: false, kind: 'text', size, isMultiple: false, isLocal: true, holds: null, form: 'text' },
  ];
}

function longText(name: string, size: number, isMultiple: boolean): Row {
  return [name, { isLong: true, kind: 'text', size, isMultiple, isLocal: true, holds: null, form: 'text' }];
}

function binary(name: string, size: number, isLong = false): Row {
  return [
    name,
    {
      isLong,
      kind: 'binary',
      size,
      isMultiple: true,
      isLocal: false,
      holds: null,
      form: `values of ${size} bytes`,
    },
  ];
}

function opaque(name: string, size: number): Row {
  const form = `a multiple of ${size} bytes long`;
  return [name, { isLong: true, kind: 'opaque', size, isMultiple: false, isLocal: false, holds: null, form }];
}

function matches(pattern: RegExp): (value: string) => boolean {
  return (value) => pattern.test(value);
}

function isVisible(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value);
}

/** A range, and the form of ACR-NEMA, belong to queries and to the past. */
function isDate(value: string): boolean {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(value);
  return parts !== null && isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

function isTime(value: string): boolean {
  return /^([01]\d|2[0-3])([0-5]\d(([0-5]\d|60)(\.\d{1,6})?)?)?$/.test(value);
}

function isDateTime(value: string): boolean {
  const parts = /^(\d{4})(\d{2})?(\d{2})?(\d[\d.]*)?([+-]\d{4})?$/.exec(value);
  if (parts === null || (parts[5] !== undefined && !isUtcOffset(parts[5]))) return false;
  const isDate = isDay(Number(parts[1]), Number(parts[2] ?? '01'), Number(parts[3] ?? '01'));
  return isDate && (parts[4] === undefined || isTime(parts[4]));
}

/** Hours and minutes from -1200 to +1400 (PS3.5, 6.2, on DT). */
export function isUtcOffset(value: string): boolean {
  const offset = Number(value);
  return /^[+-]\d{2}[0-5]\d$/.test(value) && offset >= -1200 && offset <= 1400;
}

function isIntegerString(value: string): boolean {
  const number = Number(value);
  return /^[+-]?\d+$/.test(value) && number >= -LARGEST_INTEGER && number < LARGEST_INTEGER;
}

/** The first number is 0, 1 or 2 (PS3.5, 9.1; ISO/IEC 9834-1). */
function isUid(value: string): boolean {
  return /^[0-2](\.(0|[1-9]\d*))*$/.test(value);
}

/** Alphabetic, ideographic and phonetic group, each of family, given and middle name, prefix and suffix (PS3.5, 6.2.1). */
function isPersonName(value: string): boolean {
  if (/[\0-\x1f\x7f-\x9f]/.test(value)) return false;
  if (value.length <= 64 && !/[=^]/.test(value)) return true;
  const groups = value.split('=');
  return groups.length <= 3 && groups.every((group) => group.length <= 64 && group.split('^').length <= 5);
}

/** RFC 3986; padded at its end only (PS3.5, 6.2). */
function isUri(value: string): boolean {
  return /^[\x21-\x7e]*$/.test(value);
}
