/**
 * The answer in the sender's own dialect: for each interchange a 999 (005010X231A1), or a 997 where it is of 004010, and a
 * TA1 where the envelope is broken or its sender asks for one (ASC X12.5). Each comes as an interchange of its own, from the
 * receiver to the sender. An acknowledgement is never acknowledged.
 */
import type { Issue, Verdict } from '../issue.ts';
import { acknowledge, type Kind } from './acknowledgement.ts';
import { dataType } from './data-types.ts';
import { findingsOf, noIssues, type Findings } from './findings.ts';
import { readOutline, type GroupOutline, type InterchangeOutline } from './outline.ts';
import { interchangeCodes } from './reply-codes.ts';

/** Of the reply; whatever is echoed is freed of them. */
const ELEMENT = '*';
const TERMINATOR = '~';

/**
 * Undefined where there is nothing to answer: the original holds acknowledgements only. `next` gives the control number of
 * an interchange of ours, 1 to 999,999,999, never one twice. Nothing of the original but identifiers and control numbers is
 * echoed, and none of it can end an element or a segment.
 */
export async function x12Reply(
  original: Uint8Array | AsyncIterable<Uint8Array>,
  verdict: Verdict,
  receivedAt: Date,
  next: () => number | Promise<number>,
): Promise<string | undefined> {
  const interchanges = await readOutline(original);
  const findings = findingsOf(verdict);
  const answers =
    interchanges.length === 0 ? [unreadable] : interchanges.filter((one) => !isAcknowledgement(one));
  const replies = answers.flatMap((interchange) => repliesTo(interchange, findings));
  if (replies.length === 0) return undefined;
  let text = '';
  for (const reply of replies) text += written(reply, receivedAt, await next());
  return text;
}

/** Stands for an original of which not even the first ISA can be read. */
const unreadable: InterchangeOutline = {
  ...{ ordinal: 1, senderQualifier: '', sender: '', receiverQualifier: '', receiver: '', date: '', time: '' },
  ...{ version: '', number: '', asksForNote: false, usage: '', groups: [], acknowledges: false },
};

/** 999, 997 and TA1 are not answered: two partners would go on for ever. */
function isAcknowledgement({ groups, acknowledges }: InterchangeOutline): boolean {
  const isOfThese = groups.every(({ identifier }) => identifier === 'FA');
  return isOfThese && (acknowledges || groups.length > 0);
}

interface Reply {
  readonly interchange: InterchangeOutline;
  readonly kind: Kind;
  /** TA104 and TA105. */
  readonly note: readonly [code: 'A' | 'R', reason: string] | undefined;
  readonly groups: readonly GroupOutline[];
  readonly findings: Findings;
}

/** One interchange; two where groups of both versions lie in one. */
function repliesTo(interchange: InterchangeOutline, findings: Findings): Reply[] {
  const code = interchangeCodeOf(findings.ofInterchange.get(interchange.ordinal) ?? noIssues);
  const groups = interchange.groups.filter(({ identifier }) => identifier !== 'FA');
  const isNamed = groups.every(({ identifier }) => /^[A-Z]{2}$/.test(identifier));
  const broken = code ?? (groups.length === 0 || !isNamed ? '024' : undefined);
  const common = { interchange, findings };
  if (broken !== undefined) {
    return [{ ...common, kind: kindOf(interchange.version), note: ['R', broken], groups: [] }];
  }
  return [...Map.groupBy(groups, ({ version }) => kindOf(version.slice(0, 6)))].map(([kind, own], index) => {
    const note = interchange.asksForNote && index === 0 ? (['A', '000'] as const) : undefined;
    return { ...common, kind, note, groups: own };
  });
}

/** By GS08 or ISA12. */
const kindOf = (version: string): Kind => (version === '004010' || version === '00401' ? '997' : '999');

function interchangeCodeOf(errors: readonly Issue[]): string | undefined {
  for (const [rule, place, code] of interchangeCodes) {
    if (errors.some((issue) => issue.rule === rule && place.test(issue.location))) return code;
  }
  return undefined;
}

/** Where the original has no date or time that can be echoed, that of its receipt stands for it. */
function interchangeNote(
  { number, date, time }: InterchangeOutline,
  at: Date,
  code: 'A' | 'R',
  reason: string,
): string[] {
  return [
    'TA1',
    /^\d{9}$/.test(number) ? number : '0'.repeat(9),
    dataType('DT')?.matches(date, 0, date.length) === true ? date : dateOf(at).slice(2),
    dataType('TM')?.matches(time, 0, time.length) === true ? time : timeOf(at),
    code,
    reason,
  ];
}

function written({ interchange, kind, note, groups, findings }: Reply, at: Date, number: number): string {
  const control = String(number).padStart(9, '0');
  const content = groups.length === 0 ? [] : functionalGroup(groups, findings, kind, at, String(number));
  const segments = [
    interchangeHeader(interchange, kind, at, control),
    ...(note === undefined ? [] : [interchangeNote(interchange, at, ...note)]),
    ...content,
    ['IEA', groups.length === 0 ? '0' : '1', control],
  ];
  return segments.map((segment) => trimmed(segment).join(ELEMENT) + TERMINATOR).join('');
}

function interchangeHeader(interchange: InterchangeOutline, kind: Kind, at: Date, control: string): string[] {
  const blank = ' '.repeat(10);
  return [
    ...['ISA', '00', blank, '00', blank],
    ...[qualifier(interchange.receiverQualifier), identifier(interchange.receiver)],
    ...[qualifier(interchange.senderQualifier), identifier(interchange.sender)],
    ...[dateOf(at).slice(2), timeOf(at), ...(kind === '997' ? ['U', '00401'] : ['^', '00501']), control, '0'],
    ...[/^[PT]$/.test(interchange.usage) ? interchange.usage : 'P', ':'],
  ];
}

/** ISA05 and ISA07 have two characters, ISA06 and ISA08 fifteen. */
const qualifier = (value: string): string => (/^(?:01|14|20|27|28|29|30|33)$/.test(value) ? value : 'ZZ');
const identifier = (value: string): string => value.slice(0, 15).padEnd(15, ' ');

function functionalGroup(
  groups: readonly GroupOutline[],
  findings: Findings,
  kind: Kind,
  at: Date,
  number: string,
): string[][] {
  const [first] = groups;
  const version = kind === '999' ? '005010X231A1' : '004010';
  const parties = [code(first?.receiver ?? ''), code(first?.sender ?? '')];
  const sets = groups.map((group, index) => {
    const set = String(index + 1).padStart(4, '0');
    const content = acknowledge(group, findings, kind);
    const header = ['ST', kind, set, ...(kind === '999' ? [version] : [])];
    return [header, ...content, ['SE', String(content.length + 2), set]];
  });
  return [
    ['GS', 'FA', ...parties, dateOf(at), timeOf(at), number, 'X', version],
    ...sets.flat(),
    ['GE', String(sets.length), number],
  ];
}

/** GS02 and GS03 have at least two characters. */
const code = (value: string): string => (value.length < 2 ? 'UNKNOWN' : value);

function trimmed(segment: readonly string[]): readonly string[] {
  const last = segment.findLastIndex((element) => element !== '');
  return segment.slice(0, last + 1);
}

/** CCYYMMDD and HHMM, UTC. */
const dateOf = (at: Date): string => at.toISOString().slice(0, 10).replaceAll('-', '');
const timeOf = (at: Date): string => at.toISOString().slice(11, 16).replace(':', '');
