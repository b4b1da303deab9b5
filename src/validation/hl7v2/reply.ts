/** The answer in the sender's own dialect: an ACK with MSA and, from version 2.5 on, ERR segments (HL7 v2, ch. 2, 2.9). */
import type { Issue, Severity, Verdict } from '../issue.ts';
import { Echo } from './echo.ts';

/** MSA-1, table 0008: the first three are of the content or of the original mode, the others of storage alone. */
export type AcknowledgementCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

export interface Acknowledgement {
  readonly code: AcknowledgementCode;
  /** The reply's own (MSH-10). */
  readonly controlId: string;
  /** MSH-7. */
  readonly at: Date;
  readonly issues?: readonly Pick<Issue, 'rule' | 'severity' | 'location' | 'message'>[];
}

/**
 * What makes a message unfit to be taken up at all, so that it is rejected (AR) and not in error (AE): its type, version
 * and processing id (ch. 2, 2.9.2), and delimiters that leave nothing to be told.
 */
const rejecting: ReadonlySet<string> = new Set([
  'hl7v2/encoding-characters',
  'hl7v2/message-type',
  'hl7v2/trigger-event',
  'hl7v2/unknown-message-type',
  'hl7v2/processing-id',
  'hl7v2/version',
]);

/** Said of a message whose control id came before with other bytes. */
const REUSED = 'message/control-id-reused';

/** ERR-3 by rule (HL7 table 0357); 207 is the application's own. */
const errorCodes: ReadonlyMap<string, string> = new Map([
  ['hl7v2/segment-order', '100^Segment sequence error'],
  ['hl7v2/unexpected-segment', '100^Segment sequence error'],
  ['hl7v2/required-segment', '100^Segment sequence error'],
  ['hl7v2/required-field', '101^Required field missing'],
  ['hl7v2/conditional-field', '101^Required field missing'],
  ['hl7v2/required-component', '101^Required field missing'],
  ['hl7v2/profile-required', '101^Required field missing'],
  ['hl7v2/length', '102^Data type error'],
  ['hl7v2/profile-length', '102^Data type error'],
  ['hl7v2/date', '102^Data type error'],
  ['hl7v2/time', '102^Data type error'],
  ['hl7v2/timestamp', '102^Data type error'],
  ['hl7v2/number', '102^Data type error'],
  ['hl7v2/set-id', '102^Data type error'],
  ['hl7v2/structured-number', '102^Data type error'],
  ['hl7v2/universal-id-form', '102^Data type error'],
  ['hl7v2/control-character', '102^Data type error'],
  ['hl7v2/telephone-number', '102^Data type error'],
  ['hl7v2/value-type', '102^Data type error'],
  ['hl7v2/code', '103^Table value not found'],
  ['hl7v2/user-defined-code', '103^Table value not found'],
  ['hl7v2/profile-code', '103^Table value not found'],
  ['hl7v2/message-type', '200^Unsupported message type'],
  ['hl7v2/unknown-message-type', '201^Unsupported event code'],
  ['hl7v2/trigger-event', '201^Unsupported event code'],
  ['hl7v2/processing-id', '202^Unsupported processing id'],
  ['hl7v2/version', '203^Unsupported version id'],
  [REUSED, '205^Duplicate key identifier'],
]);

const severityCodes: Readonly<Record<Severity, string>> = { error: 'E', warning: 'W', information: 'I' };

/** Beyond so many, the rest is for the journal. */
const MOST_ERRORS = 32;

/** The version of an answer to a message that names none of the standard's. */
const USUAL_VERSION = '2.5.1';

/** The answer on the content of one message; `controlId` is the reply's own. */
export function hl7Reply(
  original: Uint8Array,
  verdict: Pick<Verdict, 'valid' | 'issues'>,
  receivedAt: Date,
  controlId: string,
): Buffer {
  const { issues } = verdict;
  return acknowledge(new Echo(original), { code: codeOf(verdict), controlId, at: receivedAt, issues });
}

/** AA, AE or AR. */
export function codeOf({ valid, issues }: Pick<Verdict, 'valid' | 'issues'>): AcknowledgementCode {
  if (valid) return 'AA';
  return issues.some(({ severity, rule }) => severity === 'error' && rejecting.has(rule)) ? 'AR' : 'AE';
}

/**
 * The bytes of an acknowledgement. The delimiters are those of the original where it declares usable ones. Whatever is
 * echoed is one field: it can neither end a segment nor begin another.
 */
export function acknowledge(echo: Echo, acknowledgement: Acknowledgement): Buffer {
  const version = echo.version ?? USUAL_VERSION;
  const issues = gravestFirst(acknowledgement.issues ?? []);
  const segments = [acknowledgementSegment(echo, acknowledgement, issues, version)];
  if (version >= '2.5')
    segments.push(...issues.slice(0, MOST_ERRORS).map((issue) => errorSegment(echo, issue)));
  const content = segments.join('\r');
  return Buffer.from(`${header(echo, acknowledgement, version, content)}\r${content}\r`, 'latin1');
}

type Told = NonNullable<Acknowledgement['issues']>;

function gravestFirst(issues: Told): Told {
  const errors = issues.filter(({ severity }) => severity === 'error');
  return errors.length === 0 ? issues : [...errors, ...issues.filter((issue) => !errors.includes(issue))];
}

function header(echo: Echo, { at, controlId }: Acknowledgement, version: string, content: string): string {
  const trigger = echo.component(9, 2);
  const structure = version >= '2.4' ? ['ACK'] : [];
  const type = /^[A-Z][A-Z0-9]{2}$/.test(trigger) ? echo.parts('ACK', trigger, ...structure) : 'ACK';
  const processing = echo.component(11, 1);
  const fields = [
    `MSH${echo.field}${echo.declared}`,
    ...[echo.raw(5), echo.raw(6), echo.raw(3), echo.raw(4)],
    timestamp(at),
    '',
    type,
    echo.text(controlId),
    /^[PTD]$/.test(processing) ? processing : 'P',
    version,
  ];
  return [...fields, ...characterSet(echo, fields.join('') + content)].join(echo.field);
}

/** MSH-18, where what is echoed needs it to be read. */
function characterSet(echo: Echo, written: string): string[] {
  return /[\x80-\xff]/.test(written) ? ['', '', '', '', '', echo.raw(18)] : [];
}

/** UTC, to the second. */
function timestamp(at: Date): string {
  return `${at.toISOString().replaceAll(/\D/g, '').slice(0, 14)}+0000`;
}

/** MSA-3 holds the first thing that is to be told where the version has no ERR segments that could. */
function acknowledgementSegment(
  echo: Echo,
  { code }: Acknowledgement,
  issues: Told,
  version: string,
): string {
  const fields = ['MSA', code, echo.raw(10)];
  const first = issues.find(({ severity, rule }) => severity === 'error' || rule === REUSED);
  if (version < '2.5' && first !== undefined) fields.push(echo.text(sentence(first)));
  return fields.join(echo.field);
}

/** ERR-2 where, ERR-3 and 5 what, ERR-4 how bad, ERR-8 in words. */
function errorSegment(echo: Echo, issue: Told[number]): string {
  const { rule, severity, location } = issue;
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
    echo.text(sentence(issue)),
  ].join(echo.field);
}

/** A batch has one answer, and ERL has no place for which of its messages is meant. */
function sentence({ location, message }: Told[number]): string {
  const which = /^message\[(\d+)\]\//.exec(location)?.[1];
  return which === undefined ? message : `Message ${which}: ${message}`;
}

/** ERL: segment, which of its name, field, repetition, component, subcomponent. */
function errorLocation(echo: Echo, location: string): string {
  const pattern = /([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?$/;
  const found = pattern.exec(location);
  if (found === null) return '';
  const [, segment = '', which = '1', field = '', repetition = '', component = '', part = ''] = found;
  return echo.parts(segment, which, field, field === '' ? '' : repetition || '1', component, part);
}
