/** The answer in the sender's own dialect: an ACK with MSA and, from version 2.5 on, ERR segments (HL7 v2, ch. 2, 2.9). */
import type { Issue, Severity, Verdict } from '../issue.ts';
import { declaredDelimiters, type Delimiters } from './delimiters.ts';
import { type Header, readHeader, type Stretch } from './header.ts';
import { splitSegments } from './segments.ts';

/** Mistakes in what tells how to take the message at all: it is rejected (AR), not in error (AE). */
const rejecting: ReadonlySet<string> = new Set([
  'hl7v2/header-segment',
  'hl7v2/encoding-characters',
  'hl7v2/message-type',
  'hl7v2/trigger-event',
  'hl7v2/version',
]);

/** ERR-3 by rule (HL7 table 0357); 207 is the application's own. */
const errorCodes: ReadonlyMap<string, string> = new Map([
  ['hl7v2/segment-order', '100^Segment sequence error'],
  ['hl7v2/unexpected-segment', '100^Segment sequence error'],
  ['hl7v2/required-segment', '100^Segment sequence error'],
  ['hl7v2/required-field', '101^Required field missing'],
  ['hl7v2/date', '102^Data type error'],
  ['hl7v2/time', '102^Data type error'],
  ['hl7v2/timestamp', '102^Data type error'],
  ['hl7v2/number', '102^Data type error'],
  ['hl7v2/set-id', '102^Data type error'],
  ['hl7v2/telephone-number', '102^Data type error'],
  ['hl7v2/value-type', '102^Data type error'],
  ['hl7v2/code', '103^Table value not found'],
  ['hl7v2/message-type', '200^Unsupported message type'],
  ['hl7v2/unknown-message-type', '201^Unsupported event code'],
  ['hl7v2/trigger-event', '201^Unsupported event code'],
  ['hl7v2/processing-id', '202^Unsupported processing id'],
  ['hl7v2/version', '203^Unsupported version id'],
]);

const severityCodes: Readonly<Record<Severity, string>> = { error: 'E', warning: 'W', information: 'I' };

/** Beyond so many, the rest is for the journal. */
const MOST_ERRORS = 32;

/** Longer than any name of an application or id in use. */
const MOST_BYTES = 200;

/**
 * The acknowledgement of one message. `controlId` is the reply's own (MSH-10). The delimiters are those of the original
 * where it declares usable ones. Whatever is echoed is one field: it can neither end a segment nor begin another.
 */
export function hl7Reply(
  original: Uint8Array,
  verdict: Verdict,
  receivedAt: Date,
  controlId: string,
): string {
  const echo = new Echo(original);
  const version = verdict.version ?? '2.5.1';
  const segments = [header(echo, version, receivedAt, controlId), acknowledgement(echo, verdict, version)];
  if (version >= '2.5')
    segments.push(...verdict.issues.slice(0, MOST_ERRORS).map((issue) => errorSegment(echo, issue)));
  return segments.map((segment) => `${segment}\r`).join('');
}

/** Fields of the original, ready to stand in the reply. */
class Echo {
  readonly header: Header | undefined;
  /** As MSH-1 and MSH-2 write them. */
  readonly declared: string;
  readonly field: string;
  readonly #bytes: Buffer;
  readonly #delimiters: Delimiters;
  readonly #faulty: boolean;

  constructor(original: Uint8Array) {
    this.#bytes = Buffer.from(original.buffer, original.byteOffset, original.byteLength);
    const text = this.#bytes.toString('latin1');
    const { starts, ends } = splitSegments(text);
    const index = starts.findIndex((start) => text.startsWith('MSH', start));
    const start = starts[index] ?? 0;
    const end = index < 0 ? start : (ends[index] ?? start);
    const { delimiters, fault } = declaredDelimiters(text, start, end);
    this.#faulty = fault !== undefined;
    this.#delimiters = this.#faulty ? declaredDelimiters('MSH|^~\\&|', 0, 9).delimiters : delimiters;
    this.header = index < 0 ? undefined : readHeader(text, start, end, delimiters);
    this.field = String.fromCharCode(this.#delimiters.field);
    const { component, repetition, escape, subcomponent } = this.#delimiters;
    this.declared = String.fromCharCode(component, repetition, escape, subcomponent);
  }

  /** A field of the original as it was written. */
  raw(stretch: Stretch | undefined): string {
    if (stretch === undefined) return '';
    const { start, end } = stretch;
    const value = this.#bytes.toString('utf8', start, Math.min(end, start + MOST_BYTES));
    const clean = withoutControls(value);
    return this.#faulty ? this.text(clean) : clean.replaceAll(this.field, ' ');
  }

  /** Words of ours as text of a field (ch. 2, 2.7). */
  text(words: string): string {
    const { field, component, repetition, escape, subcomponent } = this.#delimiters;
    const names = new Map([
      [field, 'F'],
      [component, 'S'],
      [repetition, 'R'],
      [escape, 'E'],
      [subcomponent, 'T'],
    ]);
    const sign = String.fromCharCode(escape);
    return Array.from(withoutControls(words), (character) => {
      const name = names.get(character.charCodeAt(0));
      return name === undefined ? character : sign + name + sign;
    }).join('');
  }

  /** Components of ours. */
  parts(...values: readonly string[]): string {
    const component = String.fromCharCode(this.#delimiters.component);
    const texts = values.map((value) => this.text(value));
    while (texts.at(-1) === '') texts.pop();
    return texts.join(component);
  }
}

/** Neither a carriage return nor any other control character passes. */
function withoutControls(value: string): string {
  return value.replaceAll(/\p{Cc}/gu, ' ');
}

function header(echo: Echo, version: string, receivedAt: Date, controlId: string): string {
  const original = echo.header;
  const trigger =
    original !== undefined && /^[A-Z][A-Z0-9]{2}$/.test(original.trigger) ? original.trigger : '';
  const type = trigger === '' ? 'ACK' : echo.parts('ACK', trigger, ...(version >= '2.4' ? ['ACK'] : []));
  const processing =
    original !== undefined && /^[PTD]$/.test(original.processing) ? original.processing : 'P';
  return [
    `MSH${echo.field}${echo.declared}`,
    echo.raw(original?.receivingApplication),
    echo.raw(original?.receivingFacility),
    echo.raw(original?.application),
    echo.raw(original?.facility),
    timestamp(receivedAt),
    '',
    type,
    echo.text(controlId),
    processing,
    version,
  ].join(echo.field);
}

/** UTC, to the second. */
function timestamp(at: Date): string {
  return `${at.toISOString().replaceAll(/\D/g, '').slice(0, 14)}+0000`;
}

/** MSA-3 holds the first mistake where the version has no ERR segments that could. */
function acknowledgement(echo: Echo, verdict: Verdict, version: string): string {
  const errors = verdict.issues.filter((issue) => issue.severity === 'error');
  const code = verdict.valid ? 'AA' : errors.some((issue) => rejecting.has(issue.rule)) ? 'AR' : 'AE';
  const fields = ['MSA', code, echo.raw(echo.header?.controlId)];
  const [first] = errors;
  if (version < '2.5' && first !== undefined) fields.push(echo.text(first.message));
  return fields.join(echo.field);
}

/** ERR-2 where, ERR-3 and 5 what, ERR-4 how bad, ERR-8 in words. */
function errorSegment(echo: Echo, { rule, severity, location, message }: Issue): string {
  const [code = '', name = ''] = (errorCodes.get(rule) ?? '207^Application error').split('^');
  return [
    'ERR',
    '',
    errorLocation(echo, location),
    echo.parts(code, name, 'HL70357'),
    severityCodes[severity],
    echo.parts(rule),
    '',
    '',
    echo.text(message),
  ].join(echo.field);
}

/** ERL: segment, which of its name, field, repetition, component, subcomponent. */
function errorLocation(echo: Echo, location: string): string {
  const pattern = /([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?$/;
  const found = pattern.exec(location);
  if (found === null) return '';
  const [, segment = '', which = '1', field = '', repetition = '', component = '', part = ''] = found;
  return echo.parts(segment, which, field, field === '' ? '' : repetition || '1', component, part);
}
