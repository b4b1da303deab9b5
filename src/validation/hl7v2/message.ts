/** One message, from its MSH to its last segment. */
import type { Agreements, Report } from '../engine.ts';
import type { SiteProfile } from '../site-profile.ts';
import { type CharacterSetFault, readBytes } from './character-sets.ts';
import { checkConditions } from './conditions.ts';
import { checkControls, hasControls } from './controls.ts';
import { declaredDelimiters, type Delimiters } from './delimiters.ts';
import { dictionaryOf, fallbackVersion } from './dictionary.ts';
import { checkEscapes, hasEscapes } from './escapes.ts';
import { checkFields } from './fields.ts';
import { type Header, readHeader, versionOf } from './header.ts';
import { checkHeader, structureOf } from './message-header.ts';
import { nameText, NO_NAME, segmentName } from './names.ts';
import { checkTypedValue } from './observations.ts';
import { addressOf, type Body, newPlace, type Scope, specOf, starts } from './scope.ts';
import { type Segments, splitSegments } from './segments.ts';
import { StructureWalk } from './structure.ts';
import { checkTruncation, hasTruncation } from './truncation.ts';

/** Segments of a body: those of one message from `first` up to, not including, `last`; the first is an MSH. */
export interface Span {
  readonly body: Body;
  readonly segments: Segments;
  readonly first: number;
  readonly last: number;
}

/** A header, and the bytes in which its stretches lie. */
export interface ReadMessage {
  readonly header: Header;
  readonly bytes: Buffer;
}

export function checkMessage(span: Span, report: Report, agreements: Agreements): ReadMessage {
  const raw = headerOf(span);
  const site = agreements.enter(applicationOf(span.body, raw.header, raw.delimiters));
  const { readable, fault } = readableSpan(span, raw.header, raw.delimiters);
  const message = readable === span ? raw : headerOf(readable);
  if (message.fault !== undefined) {
    report('hl7v2/encoding-characters', message.fault.slice(0, 'MSH-2'.length), message.fault);
    const { code, version } = message.header;
    // Nothing has been read that could be examined.
    if (code === '' && version === '') return { header: message.header, bytes: readable.body.bytes };
  }
  if (fault !== undefined) reportCharacterSet(fault, report);
  checkSpan(readable, message.header, scopeOf(readable.body, message, site, report));
  return { header: message.header, bytes: readable.body.bytes };
}

function headerOf({ body, segments, first }: Span) {
  const start = segments.starts[first] ?? 0;
  const end = segments.ends[first] ?? start;
  const { delimiters, fault } = declaredDelimiters(body.text, start, end);
  return { header: readHeader(body.text, start, end, delimiters), delimiters, fault };
}

/** MSH-3.1, by which a sender is known. */
function applicationOf({ text }: Body, { application }: Header, { component }: Delimiters): string {
  return text.slice(application.start, application.end).split(String.fromCharCode(component), 1)[0] ?? '';
}

/** The message in bytes that can be walked over: its own, or UTF-8 where its character set is another. */
function readableSpan(span: Span, header: Header, delimiters: Delimiters) {
  const { body, segments, first, last } = span;
  const from = segments.starts[first] ?? 0;
  const raw = body.bytes.subarray(from, segments.ends[last - 1] ?? from);
  const { start, end } = header.characterSets;
  const declared = body.text.slice(start, end).split(String.fromCharCode(delimiters.repetition));
  const { bytes, fault } = readBytes(raw, declared);
  if (bytes === raw) return { readable: span, fault };
  const text = bytes.toString('latin1');
  const split = splitSegments(text);
  const readable: Span = { body: { bytes, text }, segments: split, first: 0, last: split.starts.length };
  return { readable, fault };
}

const characterSetFaults: Readonly<Record<CharacterSetFault, readonly [rule: string, sentence: string]>> = {
  undecodable: [
    'hl7v2/character-set',
    'The message holds bytes that are no characters of the set that MSH-18 declares.',
  ],
  wide: [
    'hl7v2/character-set',
    'MSH-18 declares characters of several bytes each, but the message is written in single bytes.',
  ],
  unknown: [
    'hl7v2/undeclared-characters',
    'MSH-18 names no character set of HL7 table 0211, such as UNICODE UTF-8 or 8859/1.',
  ],
  undeclared: [
    'hl7v2/undeclared-characters',
    'The message holds characters beyond ASCII, but MSH-18 does not say of which character set, such as UNICODE UTF-8.',
  ],
};

function reportCharacterSet(fault: CharacterSetFault, report: Report): void {
  const [rule, sentence] = characterSetFaults[fault];
  report(rule, 'MSH-18', sentence);
}

function scopeOf(
  body: Body,
  { header, delimiters }: ReturnType<typeof headerOf>,
  site: SiteProfile | undefined,
  report: Report,
): Scope {
  const version = versionOf(header) ?? '';
  return {
    bytes: body.bytes,
    text: body.text,
    delimiters,
    dictionary: dictionaryOf(version === '' ? fallbackVersion : version, site),
    version,
    report,
    place: newPlace(),
    starts,
    last: 0,
  };
}

function checkSpan(span: Span, header: Header, scope: Scope): void {
  checkHeader(scope, header);
  const structure = structureOf(scope, header);
  const walk = structure === undefined ? undefined : new StructureWalk(scope, structure);
  checkSegments(span, header, scope, walk);
  walk?.end();
}

function checkSegments(
  { segments, first, last }: Span,
  header: Header,
  scope: Scope,
  walk: StructureWalk | undefined,
): void {
  const counts = new Map<number, number>();
  const [from, to] = [segments.starts[first] ?? 0, segments.ends[last - 1] ?? 0];
  const hasRare = {
    controls: hasControls(scope, from, to),
    escapes: hasEscapes(scope, from, to),
    truncation: hasTruncation(scope, from, to),
  };
  const isPlain = !hasRare.controls && !hasRare.escapes && !hasRare.truncation;
  for (let i = first; i < last; i++) {
    const start = segments.starts[i] ?? 0;
    const end = segments.ends[i] ?? start;
    const name = nameOf(scope, start, end);
    if (name === NO_NAME) {
      reportName(scope, i - first + 1);
      continue;
    }
    scope.place.occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, scope.place.occurrence);
    checkSegment(scope, header, name, start, end, walk);
    if (!isPlain) checkRare(scope, hasRare, start, end);
  }
}

/** What few messages have; what a local segment holds is its site's own. */
function checkRare(
  scope: Scope,
  has: Readonly<Record<'controls' | 'escapes' | 'truncation', boolean>>,
  start: number,
  end: number,
): void {
  const { segment } = scope.place;
  if (segment.startsWith('Z')) return;
  if (has.controls) checkControls(scope, start, end);
  // MSH-2 declares the characters that the others look for.
  if (segment === 'MSH') return;
  if (has.escapes) checkEscapes(scope, start, end);
  if (has.truncation) checkTruncation(scope, start, end);
}

function checkSegment(
  scope: Scope,
  header: Header,
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
  if (!segment.isLocal) walk?.next(segment.name);
  checkFields(scope, segment, start, end);
  checkTypedValue(scope, end);
  checkConditions(scope, header, end);
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
