/** The content of a 999 (005010X231A1) or a 997 (004010): one acknowledgement a functional group, AK1 to AK9. */
import type { Issue } from '../issue.ts';
import { noIssues, type Findings } from './findings.ts';
import type { BusinessUnit, GroupOutline, TransactionOutline } from './outline.ts';
import { elementCodes, groupCodes, segmentCodes, transactionCodes, type Code } from './reply-codes.ts';

/** Which of the two; the names of their segments differ, and a 997 says less. */
export type Kind = '999' | '997';

interface Place {
  readonly loop: string;
  readonly segment: string;
  readonly position: string;
  readonly element: string;
  readonly component: string;
}

/** Beyond so many findings in a transaction, the rest is for the journal. */
const MOST_FINDINGS = 100;

/** The segments between ST and SE. */
export function acknowledge(group: GroupOutline, findings: Findings, kind: Kind): string[][] {
  const own = findings.ofGroup.get(group.ordinal) ?? noIssues;
  const sets = group.transactions.map((set) => acknowledgeSet(set, findings, kind));
  const accepted = sets.filter(({ isAccepted }) => isAccepted).length;
  const received = group.transactions.length;
  const code = own.length > 0 || accepted === 0 ? 'R' : accepted < received ? 'P' : 'A';
  const counted = /^\d+$/.test(group.counted) ? group.counted : String(received);
  const version = kind === '999' ? [group.version] : [];
  return [
    ['AK1', group.identifier, group.number || '0', ...version],
    ...sets.flatMap(({ segments }) => segments),
    [
      ...['AK9', code, counted, String(received), String(code === 'R' ? 0 : accepted)],
      ...codesOf(own, groupCodes, kind),
    ],
  ];
}

interface SetAcknowledgement {
  readonly isAccepted: boolean;
  readonly segments: string[][];
}

function acknowledgeSet(set: TransactionOutline, findings: Findings, kind: Kind): SetAcknowledgement {
  const issues = findings.ofTransaction.get(set.ordinal) ?? noIssues;
  const placed = issues.slice(0, MOST_FINDINGS).flatMap((issue) => {
    const place = placeOf(issue.location);
    return place === undefined ? [] : [{ issue, place }];
  });
  const bySegment = Map.groupBy(placed, ({ place }) => `${place.loop}/${place.segment}/${place.position}`);
  const reasons = codesOf(issues, transactionCodes, kind);
  const isAccepted = issues.length === 0 && set.ordinal <= findings.knownUpTo;
  if (placed.length > 0 || (!isAccepted && reasons.length === 0)) reasons.push('5');
  const reference = kind === '999' ? [set.reference] : [];
  const last = kind === '999' ? 'IK5' : 'AK5';
  const segments = [
    // AK202 has four characters at least, even where the number that it echoes has fewer.
    ['AK2', set.type, set.number.padStart(4, '0'), ...reference],
    ...[...bySegment.values()].flatMap((found) => segmentNotes(found, set.units, kind)),
    isAccepted ? [last, 'A'] : [last, 'R', ...reasons.slice(0, 5)],
  ];
  return { isAccepted, segments };
}

type Found = readonly { readonly issue: Issue; readonly place: Place }[];

/** One IK3 for each kind of fault of a segment, with its business unit; the faults of its elements follow in IK4. */
function segmentNotes(found: Found, units: readonly BusinessUnit[], kind: Kind): string[][] {
  const [first] = found;
  if (first === undefined) return [];
  const { segment, position, loop } = first.place;
  // IK303 holds four characters: a longer name is left out, as it may be.
  const named = loop.length > 4 ? '' : loop;
  const note = (code: string): string[][] => [
    [kind === '999' ? 'IK3' : 'AK3', segment, position, named, code],
    ...(kind === '999' ? context(units, Number(position)) : []),
  ];
  const codes = new Set(found.flatMap(({ issue }) => codeOf(issue, segmentCodes, kind)));
  const elements = found.flatMap(({ issue, place }) => elementNote(issue, place, kind));
  return [...[...codes].flatMap(note), ...(elements.length === 0 ? [] : [...note('8'), ...elements])];
}

/** CTX: what the sender calls the claim, inquiry or member in which the segment stands. */
function context(units: readonly BusinessUnit[], position: number): string[][] {
  const unit = units.findLast(({ from }) => from <= position);
  return unit === undefined || unit.value === '' ? [] : [['CTX', `${unit.name}:${unit.value}`]];
}

/** IK4 without a copy of the value (IK404): it may be a patient's. */
function elementNote(issue: Issue, { element, component }: Place, kind: Kind): string[][] {
  const [code] = codeOf(issue, elementCodes, kind);
  if (code === undefined || element === '') return [];
  const position = component === '' ? element : `${element}:${component}`;
  return [[kind === '999' ? 'IK4' : 'AK4', position, '', code]];
}

/** `ST[2]/2010AA/NM1[8]-09-1`; the first transaction is not named where a loop is. */
function placeOf(location: string): Place | undefined {
  const pattern = /^(?:ST\[\d+\]\/)?(?:(\w+)\/)?([A-Z][A-Z0-9]{1,2})\[(\d+)\](?:-(\d+)(?:-(\d+))?)?$/;
  const found = pattern.exec(location);
  if (found === null || /^(?:ST|SE|GS|GE|ISA|IEA)$/.test(found[2] ?? '')) return undefined;
  const [, loop = '', segment = '', position = '', element = '', component = ''] = found;
  return { loop, segment, position, element: element.replace(/^0+/, ''), component };
}

function codeOf({ rule }: Issue, codes: ReadonlyMap<string, Code>, kind: Kind): string[] {
  const code = codes.get(rule);
  if (code === undefined) return [];
  return [kind === '997' ? (code[1] ?? code[0]) : code[0]];
}

/** Each once; a reply has room for five, and one may follow. */
function codesOf(issues: readonly Issue[], codes: ReadonlyMap<string, Code>, kind: Kind): string[] {
  return [...new Set(issues.flatMap((issue) => codeOf(issue, codes, kind)))].slice(0, 4);
}
