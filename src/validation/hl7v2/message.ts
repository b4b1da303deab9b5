/** One message, from its MSH to its last segment. */
import type { Report } from '../engine.ts';
import { declaredDelimiters } from './delimiters.ts';
import { type Dictionary, dictionaryOf, fallbackVersion } from './dictionary.ts';
import { checkEscapes, hasEscapes } from './escapes.ts';
import { checkFields } from './fields.ts';
import { type Header, readHeader, versionOf } from './header.ts';
import { checkTypedValue } from './observations.ts';
import { nameText, NO_NAME, segmentName } from './names.ts';
import { addressOf, type Body, newPlace, type Scope, specOf } from './scope.ts';
import type { Segments } from './segments.ts';
import { StructureWalk } from './structure.ts';

/** Checks the segments from `first` up to, not including, `last`; the first is an MSH. */
export function checkMessage(
  body: Body,
  segments: Segments,
  first: number,
  last: number,
  report: Report,
): Header {
  const { text } = body;
  const start = segments.starts[first] ?? 0;
  const end = segments.ends[first] ?? start;
  const { delimiters, fault } = declaredDelimiters(text, start, end);
  if (fault !== undefined) report('hl7v2/encoding-characters', 'MSH-2', fault);
  const header = readHeader(text, start, end, delimiters);
  const version = versionOf(header);
  const dictionary = dictionaryOf(version ?? fallbackVersion);
  const place = newPlace();
  const scope = { ...body, delimiters, dictionary, version: version ?? '', report, place };
  checkHeader(scope, header);
  checkSegments(scope, segments, first, last, structureOf(scope, header));
  return header;
}

const processingIds: ReadonlySet<string> = new Set(['P', 'T', 'D']);

function checkHeader(scope: Scope, header: Header): void {
  if (scope.version === '') {
    scope.report(
      'hl7v2/version',
      'MSH-12',
      'MSH-12 names no version of HL7 v2: one of 2.1 to 2.8.2 is expected.',
    );
  }
  if (header.processing !== '' && !processingIds.has(header.processing)) {
    scope.report('hl7v2/processing-id', 'MSH-11', 'MSH-11 is not a processing id: P, T or D is expected.');
  }
}

/** The name of the structure that the message follows, or undefined where the tables have none. */
function structureOf(scope: Scope, header: Header): string | undefined {
  const { code, trigger, structure } = header;
  if (code === '') {
    scope.report(
      'hl7v2/message-type',
      'MSH-9',
      'MSH-9 is empty: a message type and a trigger event such as ADT^A01 are expected.',
    );
    return undefined;
  }
  if (trigger === '' && code !== 'ACK') {
    scope.report(
      'hl7v2/trigger-event',
      'MSH-9.2',
      'MSH-9 names no trigger event: a type and an event such as ADT^A01 are expected.',
    );
    return undefined;
  }
  const { dictionary } = scope;
  const expected = dictionary.structureFor(code, trigger);
  const declared = dictionary.hasStructure(structure) ? structure : undefined;
  checkDeclaration(scope, header, expected, declared);
  return declared ?? expected;
}

function checkDeclaration(
  scope: Scope,
  { code, trigger, structure }: Header,
  expected: string | undefined,
  declared: string | undefined,
): void {
  if (code.startsWith('Z') || trigger.startsWith('Z')) return;
  if (expected === undefined && declared === undefined) {
    reportUnknownType(scope, scope.dictionary, code);
  } else if (expected !== undefined && structure !== '' && structure !== expected) {
    const message = `MSH-9.3 is not the structure of this type and event: ${expected} is expected.`;
    scope.report('hl7v2/message-structure', 'MSH-9.3', message, specOf(scope.version, 'MSH-9'));
  }
}

function reportUnknownType(scope: Scope, dictionary: Dictionary, code: string): void {
  const known = dictionary.hasMessage(code);
  const part = known ? 'MSH-9.2' : 'MSH-9.1';
  const message = known
    ? 'MSH-9.2 is no trigger event of this message type that the version has.'
    : 'MSH-9.1 is no message type of the version; local types begin with Z.';
  scope.report('hl7v2/unknown-message-type', part, message, specOf(scope.version, 'MSH-9'));
}

function checkSegments(
  scope: Scope,
  segments: Segments,
  first: number,
  last: number,
  structure: string | undefined,
): void {
  const { place } = scope;
  const walk = structure === undefined ? undefined : new StructureWalk(scope, structure);
  const counts = new Map<number, number>();
  const escapes = hasEscapes(scope, segments.starts[first] ?? 0, segments.ends[last - 1] ?? 0);
  for (let i = first; i < last; i++) {
    const start = segments.starts[i] ?? 0;
    const end = segments.ends[i] ?? start;
    const name = nameOf(scope, start, end);
    if (name === NO_NAME) {
      reportName(scope, i - first + 1);
      continue;
    }
    place.occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, place.occurrence);
    checkSegment(scope, name, start, end, walk);
    if (escapes && i > first) checkEscapes(scope, start, end);
  }
  walk?.end();
}

function checkSegment(
  scope: Scope,
  name: number,
  start: number,
  end: number,
  walk: StructureWalk | undefined,
): void {
  const segment = scope.dictionary.segment(name);
  scope.place.segment = segment?.name ?? nameText(name);
  if (segment === undefined) {
    reportUnknownSegment(scope);
    return;
  }
  walk?.next(segment.name);
  checkFields(scope, segment, start, end);
  checkTypedValue(scope, start, end);
}

/** A name, then a field separator or the end of the segment. */
function nameOf({ bytes, delimiters }: Scope, start: number, end: number): number {
  const isWhole = end - start > 3 ? bytes[start + 3] === delimiters.field : end - start === 3;
  return isWhole ? segmentName(bytes, start) : NO_NAME;
}

function reportName(scope: Scope, ordinal: number): void {
  const message = `Segment ${ordinal} has no name: three capital letters or digits, then the field separator, are expected.`;
  scope.report('hl7v2/segment-name', `segment[${ordinal}]`, message);
}

function reportUnknownSegment({ place, version, report }: Scope): void {
  const { segment } = place;
  if (segment.startsWith('Z')) return;
  const message = `${segment} is no segment of this version; a local segment has a name that begins with Z.`;
  report('hl7v2/unknown-segment', addressOf(place), message, specOf(version, 'ch. 2, 2.5.2'));
}
