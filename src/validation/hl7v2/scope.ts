/** One message under examination: its text, how it is delimited, the facts of its version, and where findings go. */
import type { Report } from '../engine.ts';
import { chapterOfType, withChapter } from './chapters.ts';
import type { Dictionary } from './dictionary.ts';
import type { Delimiters } from './delimiters.ts';

/** The whole body, twice at the same offsets: values are walked over as bytes, and taken out as text. */
export interface Body {
  readonly bytes: Buffer;
  /** A byte a character. */
  readonly text: string;
}

export interface Scope extends Body {
  readonly delimiters: Delimiters;
  readonly dictionary: Dictionary;
  /** The version as the standard writes it; empty where the message names none that is known. */
  readonly version: string;
  readonly report: Report;
  readonly place: Place;
  /** Where each field of the segment begins, by number, as far as `last`. */
  readonly starts: Int32Array;
  /** The number of the last field that the segment has. */
  last: number;
}

/** No segment has more fields that are asked for by number. */
const MOST_FIELDS = 256;

/** Used again for each message: a thread examines one at a time. */
export const starts = new Int32Array(MOST_FIELDS);

/** Where a part ends: at the next separator, or where the whole does. */
export function partEnd(bytes: Buffer, from: number, to: number, separator: number): number {
  let at = from;
  while (at < to && bytes[at] !== separator) at++;
  return at;
}

/** Does the field of that number have a value, in the segment that ends at `end`? */
export function hasField({ bytes, delimiters, starts, last }: Scope, number: number, end: number): boolean {
  const from = number > last ? end : (starts[number] ?? end);
  return from < end && bytes[from] !== delimiters.field;
}

/**
 * Where in the message the examination is. It is moved along, and put into words only for a finding: there are many
 * more values than findings. Positions count from 1, and 0 stands for "not narrowed down".
 */
export interface Place {
  /** The name of the segment. */
  segment: string;
  /** Which of the segments of that name. */
  occurrence: number;
  field: number;
  repetition: number;
  component: number;
  subcomponent: number;
}

export function newPlace(): Place {
  return { segment: '', occurrence: 0, field: 0, repetition: 0, component: 0, subcomponent: 0 };
}

/** `PID`, `OBX[2]`. */
export function addressOf({ segment, occurrence }: Place): string {
  return occurrence === 1 ? segment : `${segment}[${occurrence}]`;
}

/** `PID-3[1].5`; the repetition is left out where the field has one and nothing in it is named. */
export function locationOf(place: Place): string {
  const part = partOf(place);
  const index = place.repetition > 0 ? `[${place.repetition}]` : part === '' ? '' : '[1]';
  return `${addressOf(place)}-${place.field}${index}${part}`;
}

/** `PID-3.5`: the value as the standard names it. */
export function valueNameOf(place: Place): string {
  return `${place.segment}-${place.field}${partOf(place)}`;
}

function partOf({ component, subcomponent }: Place): string {
  if (component === 0) return '';
  return subcomponent === 0 ? `.${component}` : `.${component}.${subcomponent}`;
}

/** `HL7 v2.5.1, ch. 3, PID-7`, and of a data type `; ch. 2A, TS`: the place in the standard that a finding is about. */
export function specOf(version: string, place: string, type?: string): string {
  const spec = `HL7 v${version === '' ? '2' : version}, ${withChapter(place)}`;
  return type === undefined ? spec : `${spec}; ${chapterOfType(version, type)}`;
}
