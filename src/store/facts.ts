/**
 * What the journal takes from a message on the bus. Any client of the bus can publish there, so nothing in a header is
 * believed: each value is bounded and of its kind, or it is left out.
 */
import type { StoredMessage } from '../bus/message-bus.ts';
import { type ContentType, type Format, formats, header, type Headers } from '../messages/envelope.ts';
import { dataIdOf, isDataId } from '../messages/identity.ts';
import { type Issue, severities } from '../validation/issue.ts';

/** A message as it was received. */
export interface Arrived {
  readonly dataId: string;
  readonly seq: number;
  readonly connector: string | null;
  readonly format: Format | null;
  readonly contentType: ContentType | null;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly storedAt: number;
  readonly bytes: number;
  readonly parentId: string | null;
  readonly principal: string | null;
}

/** What validation found of it. */
export interface Judgement {
  readonly seq: number;
  readonly at: number;
  readonly valid: boolean;
  readonly format: Format | null;
  readonly version: string | null;
  readonly type: string | null;
  readonly controlId: string | null;
  readonly sender: string | null;
  readonly issues: readonly Issue[];
  readonly issuesTotal: number;
}

/** As many issues as the contract lets a header hold. */
const MOST_ISSUES = 32;
const LONGEST_NAME = 200;
const LONGEST_ISSUE_TEXT = 1000;
/** 32 issues of ours need less than half of it. */
const LONGEST_ISSUES_HEADER = 256 * 1024;

export function arrivedOf(message: StoredMessage): Arrived {
  const { headers, seq, storedAt } = message;
  const format = formatOf(headers);
  return {
    dataId: dataIdOf(message),
    seq,
    connector: nameOf(headers[header.connector]),
    format,
    contentType: contentTypeOf(format, headers[header.contentType]),
    receivedAt: timeOf(headers[header.receivedAt]) ?? storedAt,
    storedAt,
    bytes: countOf(headers[header.bodySize]) ?? message.size,
    parentId: idOf(headers[header.parentId]),
    principal: nameOf(headers[header.principal]),
  };
}

/** The subject says whether it passed; the header only repeats it. */
export function judgementOf(message: StoredMessage, valid: boolean): Judgement {
  const { headers } = message;
  const issues = parseIssues(headers[header.issues]);
  return {
    seq: message.seq,
    at: message.storedAt,
    valid,
    format: formatOf(headers),
    version: nameOf(headers[header.version]),
    type: nameOf(headers[header.type]),
    controlId: nameOf(headers[header.controlId]),
    sender: nameOf(headers[header.sender]),
    issues,
    issuesTotal: Math.max(countOf(headers[header.issuesTotal]) ?? 0, issues.length),
  };
}

/** The data id that a later step names; undefined where it names none. */
export function subjectOf(message: StoredMessage): string | undefined {
  return idOf(message.headers[header.dataId]) ?? undefined;
}

/** The position of the message that a verdict is about; undefined where it does not say. */
export function judgedSeqOf({ headers }: StoredMessage): number | undefined {
  return countOf(headers[header.verdictOn]) ?? undefined;
}

export function connectorOf(message: StoredMessage): string | null {
  return nameOf(message.headers[header.connector]);
}

/** The media type that goes with a format; FHIR alone has two. Null where the format is unknown. */
export function contentTypeOf(format: Format | null, given: string | undefined): ContentType | null {
  switch (format) {
    case null:
      return null;
    case 'hl7v2':
      return 'application/hl7-v2';
    case 'x12':
      return 'application/EDI-X12';
    case 'dicom':
      return 'application/dicom';
    case 'fhir':
      return given === 'application/fhir+xml' ? 'application/fhir+xml' : 'application/fhir+json';
  }
}

/** The issues that a JSON array holds, as far as they are issues. */
export function parseIssues(json: string | undefined): readonly Issue[] {
  if (json === undefined || json.length > LONGEST_ISSUES_HEADER) return [];
  const found = parsed(json);
  if (!Array.isArray(found)) return [];
  return found.slice(0, MOST_ISSUES).flatMap((each: unknown) => issueOf(each) ?? []);
}

function formatOf(headers: Headers): Format | null {
  const given = headers[header.format];
  return given === undefined ? null : (formats.find((format) => format === given) ?? null);
}

/** A name is printed to logs and terminals: no control characters, and no longer than a line bears. */
function nameOf(given: string | undefined): string | null {
  if (given === undefined || given === '') return null;
  const name = given.length > LONGEST_NAME ? given.slice(0, LONGEST_NAME) : given;
  return /\p{C}/u.test(name) ? name.replace(/\p{C}/gu, '') || null : name;
}

function idOf(given: string | undefined): string | null {
  return given !== undefined && isDataId(given) ? given : null;
}

/** RFC 3339, of a year that four digits can write. */
function timeOf(given: string | undefined): number | null {
  if (given === undefined || given.length > 40 || !/^\d{4}-\d\d-\d\dT/.test(given)) return null;
  const time = Date.parse(given);
  return Number.isNaN(time) || time < 0 ? null : time;
}

function countOf(given: string | undefined): number | null {
  return given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function issueOf(given: unknown): Issue | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(given));
  const rule = fields.get('rule');
  const severity = severities.find((each) => each === fields.get('severity'));
  if (typeof rule !== 'string' || !/^[\w/.-]{1,100}$/.test(rule) || severity === undefined) return undefined;
  return {
    rule,
    severity,
    location: proseOf(fields.get('location')),
    ...placeOf(fields.get('line'), fields.get('column')),
    message: proseOf(fields.get('message')),
    spec: proseOf(fields.get('spec')),
  };
}

function placeOf(line: unknown, column: unknown): Pick<Issue, 'line' | 'column'> {
  return isOrdinal(line) && isOrdinal(column) ? { line, column } : {};
}

function isOrdinal(given: unknown): given is number {
  return Number.isSafeInteger(given) && Number(given) > 0;
}

function proseOf(given: unknown): string {
  return typeof given === 'string' ? given.slice(0, LONGEST_ISSUE_TEXT) : '';
}
