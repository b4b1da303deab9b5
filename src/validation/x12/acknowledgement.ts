/** The content of a 999: one acknowledgement a functional group, AK1 to AK9 (005010X231A1). */
import type { Issue } from '../issue.ts';
import type { GroupOutline, Outline, TransactionOutline } from './outline.ts';

/** IK304 by rule: what is wrong with a segment. 8: its elements. */
const segmentCodes: ReadonlyMap<string, string> = new Map([
  ['x12/segment-name', '1'],
  ['x12/unknown-segment', '1'],
  ['x12/segment-order', '7'],
  ['x12/required-segment', '3'],
  ['x12/required-loop', 'I7'],
  ['x12/loop-repeat', '4'],
  ['x12/segment-repeat', '5'],
]);

/** IK403 by rule: what is wrong with an element. */
const elementCodes: ReadonlyMap<string, string> = new Map([
  ['x12/required-element', '1'],
  ['x12/condition', '2'],
  ['x12/too-many-elements', '3'],
  ['x12/element-length', '5'],
  ['x12/data-type', '6'],
  ['x12/code', '7'],
  ['x12/not-used-element', 'I10'],
  ['x12/hierarchy', '7'],
]);

/** IK502 by rule: what is wrong with a transaction set. */
const transactionCodes: ReadonlyMap<string, string> = new Map([
  ['x12/envelope', '2'],
  ['x12/control-number', '3'],
  ['x12/segment-count', '4'],
  ['x12/unknown-transaction', '6'],
  ['x12/transaction-element', '7'],
  ['x12/duplicate-control-number', '23'],
  ['x12/functional-identifier', '6'],
  ['x12/implementation-reference', 'I6'],
]);

/** AK905 by rule: what is wrong with a functional group. */
const groupCodes: ReadonlyMap<string, string> = new Map([
  ['x12/version', '2'],
  ['x12/control-number', '4'],
  ['x12/transaction-count', '5'],
  ['x12/group-element', '6'],
]);

interface Place {
  readonly loop: string;
  readonly segment: string;
  readonly position: string;
  readonly element: string;
  readonly component: string;
}

/** Beyond so many findings in a transaction, the rest is for the journal. */
const MOST_FINDINGS = 100;

/** The segments between ST and SE, for each functional group. */
export function acknowledgements(outline: Outline, errors: readonly Issue[]): string[][][] {
  const byTransaction = Map.groupBy(errors, (issue) => transactionOf(issue.location));
  return outline.groups.map((group, index) => {
    const own = errors.filter(({ location }) => isOfGroup(location, index + 1));
    return groupAcknowledgement(group, own, byTransaction);
  });
}

function groupAcknowledgement(
  group: GroupOutline,
  own: readonly Issue[],
  byTransaction: ReadonlyMap<number, readonly Issue[]>,
): string[][] {
  const found = group.transactions.map((set) => byTransaction.get(set.ordinal) ?? []);
  const accepted = found.filter((issues) => issues.length === 0).length;
  const received = group.transactions.length;
  const code = own.length > 0 || accepted === 0 ? 'R' : accepted < received ? 'P' : 'A';
  const counted = /^\d+$/.test(group.counted) ? group.counted : String(received);
  const reasons = codesOf(own, groupCodes);
  return [
    ['AK1', group.identifier, group.number || '0', group.version],
    ...group.transactions.flatMap((set, index) => transactionAcknowledgement(set, found[index] ?? [])),
    ['AK9', code, counted, String(received), String(code === 'R' ? 0 : accepted), ...reasons],
  ];
}

function transactionAcknowledgement(set: TransactionOutline, issues: readonly Issue[]): string[][] {
  const placed = issues.slice(0, MOST_FINDINGS).flatMap((issue) => {
    const place = placeOf(issue.location);
    return place === undefined ? [] : [{ issue, place }];
  });
  const bySegment = Map.groupBy(placed, ({ place }) => `${place.loop}/${place.segment}/${place.position}`);
  const reasons = codesOf(issues, transactionCodes);
  if (placed.length > 0) reasons.push('5');
  return [
    ['AK2', set.type, set.number, set.reference],
    ...[...bySegment.values()].flatMap(segmentNotes),
    issues.length === 0 ? ['IK5', 'A'] : ['IK5', 'R', ...reasons.slice(0, 5)],
  ];
}

/** One IK3 for each segment and kind of fault; the faults of its elements follow in IK4. */
function segmentNotes(found: readonly { readonly issue: Issue; readonly place: Place }[]): string[][] {
  const [first] = found;
  if (first === undefined) return [];
  const { segment, position, loop } = first.place;
  // IK303 holds four characters: a longer name is left out, as it may be.
  const named = loop.length > 4 ? '' : loop;
  const note = (code: string): string[] => ['IK3', segment, position, named, code];
  const own = [...new Set(found.flatMap(({ issue }) => segmentCodes.get(issue.rule) ?? []))].map(note);
  const elements = found.flatMap(({ issue, place }) => elementNote(issue, place));
  return elements.length === 0 ? own : [...own, note('8'), ...elements];
}

/** IK4 without a copy of the value (IK404): it may be a patient's. */
function elementNote({ rule }: Issue, { element, component }: Place): string[][] {
  const code = elementCodes.get(rule);
  if (code === undefined || element === '') return [];
  return [['IK4', component === '' ? element : `${element}:${component}`, '', code]];
}

/** `ST[2]/2010AA/NM1[8]-09-1`; the first transaction is not named where a loop is. */
function placeOf(location: string): Place | undefined {
  const pattern = /^(?:ST\[\d+\]\/)?(?:(\w+)\/)?([A-Z][A-Z0-9]{1,2})\[(\d+)\](?:-(\d+)(?:-(\d+))?)?$/;
  const found = pattern.exec(location);
  if (found === null || /^(?:ST|SE|GS|GE|ISA|IEA)$/.test(found[2] ?? '')) return undefined;
  const [, loop = '', segment = '', position = '', element = '', component = ''] = found;
  return { loop, segment, position, element: element.replace(/^0+/, ''), component };
}

/** The ordinal of the transaction that a finding is about; 0 for none. */
function transactionOf(location: string): number {
  const named = /^S[TE](?:\[(\d+)\])?(?:[-/]|$)/.exec(location);
  if (named !== null) return Number(named[1] ?? 1);
  return /^\w+\/[A-Z]/.test(location) ? 1 : 0;
}

function isOfGroup(location: string, ordinal: number): boolean {
  const named = /^G[SE](?:\[(\d+)\])?(?:-|$)/.exec(location);
  return named !== null && Number(named[1] ?? 1) === ordinal;
}

function codesOf(issues: readonly Issue[], codes: ReadonlyMap<string, string>): string[] {
  return [...new Set(issues.flatMap(({ rule }) => codes.get(rule) ?? []))].slice(0, 4);
}
