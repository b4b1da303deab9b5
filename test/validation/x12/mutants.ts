/**
 * Interchanges with one mistake each, made from good ones: every class of mistake, at every place of a good interchange where
 * it can be made for sure. Counts are kept right where they are not the mistake.
 */

export interface Mutant {
  /** The class of its mistake, such as `dropped`. */
  readonly kind: string;
  /** What was done and where: `dropped HL, segment 5`. */
  readonly what: string;
  readonly text: string;
}

/** Segments of elements; a mutation gets a copy of its own. */
type Segments = string[][];

/** Changes the segments, or answers text of its own; undefined where the mistake cannot be made there. */
type Mutation = (segments: Segments, at: number) => Segments | string | undefined;

interface Kind {
  readonly kind: string;
  /** On which segments; undefined for any. */
  readonly on?: readonly string[];
  /** SE01 is made right again. */
  readonly recount?: boolean;
  readonly mutation: Mutation;
}

export function mutantsOf(good: string): Mutant[] {
  const segments = split(good);
  return kinds.flatMap((kind) =>
    segments.flatMap((segment, at) => {
      if (kind.on?.includes(segment[0] ?? '') === false) return [];
      const changed = kind.mutation(structuredClone(segments), at);
      if (changed === undefined) return [];
      const text =
        typeof changed === 'string' ? changed : join(kind.recount === true ? recounted(changed) : changed);
      if (text === join(segments)) return [];
      return [{ kind: kind.kind, what: `${kind.kind} at ${segment[0] ?? ''}, segment ${at + 1}`, text }];
    }),
  );
}

const split = (text: string): Segments =>
  text
    .split('~')
    .map((segment) => segment.trimStart())
    .filter((segment) => segment !== '')
    .map((segment) => segment.split('*'));

const join = (segments: Segments): string => segments.map((segment) => `${segment.join('*')}~\n`).join('');

/** Segments from each ST to its SE. */
function recounted(segments: Segments): Segments {
  let start = 0;
  segments.forEach((segment, at) => {
    if (segment[0] === 'ST') start = at;
    if (segment[0] === 'SE') segment[1] = String(at - start + 1);
  });
  return segments;
}

/** Puts a value into an element that has one. */
const put =
  (element: number, value: string | ((old: string) => string)): Mutation =>
  (segments, at) => {
    const segment = segments[at];
    const old = segment?.[element];
    if (segment === undefined || old === undefined || old === '') return undefined;
    segment[element] = typeof value === 'string' ? value : value(old);
    return segments;
  };

/** Puts a value into a component that has one. */
const putPart = (element: number, component: number, value: string): Mutation =>
  put(element, (old) => {
    const parts = old.split(':');
    return (parts[component - 1] ?? '') === '' ? old : parts.with(component - 1, value).join(':');
  });

const more = (text: string): string => String(Number(text) + 1).padStart(text.length, '0');

const insert =
  (segment: string): Mutation =>
  (segments, at) =>
    isInside(segments, at) ? segments.toSpliced(at, 0, segment.split('*')) : undefined;

const drop: Mutation = (segments, at) => segments.toSpliced(at, 1);

/** A segment behind an ST, up to its SE. */
function isInside(segments: Segments, at: number): boolean {
  const name = segments[at]?.[0] ?? '';
  return !/^(?:ISA|GS|ST|GE|IEA)$/.test(name);
}

const swap =
  (next: string): Mutation =>
  (segments, at) => {
    const [one, other] = [segments[at], segments[at + 1]];
    if (one === undefined || other?.[0] !== next) return undefined;
    return segments.with(at, other).with(at + 1, one);
  };

/** A value for an element that has one or none. */
const set =
  (element: number, value: string): Mutation =>
  (segments, at) => {
    const segment = segments[at] ?? [];
    while (segment.length <= element) segment.push('');
    segment[element] = value;
    return segments;
  };

/** The whole from one segment to another, once more, with the same control number. */
const twice =
  (last: string, trailer: string): Mutation =>
  (segments, at) => {
    const end = segments.findIndex(([name], index) => index > at && name === last);
    const again = structuredClone(segments.slice(at, end + 1));
    const doubled = segments.toSpliced(end + 1, 0, ...again);
    const counting = doubled.find(([name], index) => index > end && name === trailer);
    if (counting !== undefined) counting[1] = more(counting[1] ?? '');
    return doubled;
  };

const each = (
  kind: string,
  rows: readonly (readonly [on: string, ...mutations: Mutation[]])[],
  recount = false,
): Kind[] =>
  rows.flatMap(([on, ...mutations]) =>
    mutations.map((mutation) => ({ kind, on: on.split(' '), mutation, recount })),
  );

const long = (length: number): string => 'X'.repeat(length);
const notCode = 'Q0';
const notDates = [(old: string) => `${old.slice(0, -2)}32`, (old: string) => `${old.slice(0, -4)}1301`];
const notNumbers = ['12A', '1.2.3', '1-2', '.'];

/** The widths of ISA, each with a character too few. */
const widths: readonly Mutation[] = Array.from({ length: 15 }, (_, index) =>
  put(index + 1, (old) => old.slice(1)),
);

/** ISA11 of version 00401. */
const otherStandard: Mutation = (segments, at) =>
  segments[at]?.[12] === '00401' ? put(11, '^')(segments, at) : undefined;

const kinds: readonly Kind[] = [
  ...each('interchange-width', [['ISA', ...widths]]),
  ...each('interchange-element', [
    [
      'ISA',
      ...[put(1, '99'), put(3, '99'), put(5, '99'), put(7, 'Q0'), put(9, '261301'), put(10, '2560')],
      ...[otherStandard],
      ...[put(12, '99999'), put(13, '00000000A'), put(14, '7'), put(15, 'Q')],
    ],
  ]),
  ...each('group-element', [
    ['GS', put(1, 'QQ'), put(2, 'X'), put(4, '20261301'), put(5, '2561'), put(6, 'A'), put(7, 'Q')],
  ]),
  ...each('group-count', [['IEA', put(1, more), put(1, '')]]),
  ...each('interchange-number', [['IEA', put(2, more), put(2, '')]]),
  ...each('transaction-count', [['GE', put(1, more), put(1, 'A')]]),
  ...each('group-number', [['GE', put(2, more)]]),
  ...each('segment-count', [['SE', put(1, more), put(1, '1')]]),
  ...each('transaction-number', [['SE', put(2, more)]]),
  ...each('duplicate-number', [
    ['ISA', twice('IEA', 'none')],
    ['GS', twice('GE', 'IEA')],
    ['ST', twice('SE', 'GE')],
  ]),
  ...each('version', [
    ['ST', put(3, (old) => old.replace(/A\d$/, '')), put(3, '005010X999'), put(3, (old) => old.slice(0, 6))],
    ['GS', put(8, '005010X999A1'), put(8, (old) => `${old.slice(0, -1)}9`)],
  ]),
  ...each('functional-identifier', [['GS', put(1, (old) => (old === 'HC' ? 'HP' : 'HC'))]]),
  ...each('unknown-transaction', [['ST', put(1, '123')]]),
  ...each('missing-envelope', [
    ['IEA GE GS SE ST', drop],
    ['ISA', (segments) => join(segments.slice(1))],
  ]),
  ...each('outside', [['GE IEA', (segments, at) => segments.toSpliced(at, 0, ['REF', 'EI', '1'])]]),
  ...each('delimiters', [
    ['ISA', put(16, '*'), put(16, 'A'), put(16, ' ')],
    ['IEA', (segments) => join(segments).trimEnd().slice(0, -1)],
  ]),
  ...each(
    'order',
    [
      ['N3', swap('N4')],
      ['NM1', swap('N3')],
      ['N1', swap('N3')],
      ['HL', swap('NM1'), swap('TRN'), swap('SBR')],
      ['BHT', swap('HL'), swap('NM1')],
      ['CLM', swap('HI')],
      ['LX', swap('SV1'), swap('SV2'), swap('CLP')],
      ['BPR', swap('TRN')],
      ['CLP', swap('NM1'), swap('CAS')],
      ['INS', swap('REF')],
      ['SVC', swap('DTM')],
      ['AK1', swap('AK2')],
      ['AK2', swap('IK5')],
      ['NM1', swap('EQ'), swap('EB'), swap('DMG')],
    ],
    true,
  ),
  ...each('hierarchy', [
    ['HL', put(1, more), put(1, '0'), put(2, '99'), put(2, '0'), put(2, ''), put(3, 'Q0')],
    ['HL', put(2, (old) => String(Number(old) + 1)), put(4, (old) => (old === '1' ? '0' : '1'))],
  ]),
  ...['ZZZ*1', 'QQ*1', 'N9*1', 'zz*1', '*1', 'ABCD*1'].map((segment) => ({
    kind: 'unknown-segment',
    recount: true,
    mutation: insert(segment),
  })),
  ...each('dropped', [['BHT HL CLM LX SV1 SV2 BPR BGN INS CLP STC AK1 AK9 IK5 SVC', drop]], true),
  ...each(
    'repeated',
    [['BHT BPR BGN SV1 SV2 N3 N4 DMG AK9', (segments, at) => segments.toSpliced(at, 0, segments[at] ?? [])]],
    true,
  ),
  ...each('qualifier', [
    ['NM1 N1 REF DTP DTM PER AMT BHT DMG SBR INS BPR TRN CAS', put(1, notCode)],
    ['NM1', put(8, notCode)],
    ['DTP', put(2, notCode)],
    ['HI', putPart(1, 1, notCode)],
    ['SVC SV1', putPart(1, 1, notCode)],
    ['SV2', putPart(2, 1, notCode)],
  ]),
  ...each('date', [
    ['BHT', ...notDates.map((change) => put(4, change))],
    ['DTP', ...notDates.map((change) => put(3, change)), put(3, '2026')],
    ['DTM DMG', ...notDates.map((change) => put(2, change)), put(2, '20260230'), put(2, '2026030')],
    ['GS', ...notDates.map((change) => put(4, change))],
    ['BPR', ...notDates.map((change) => put(16, change))],
    ['BHT', put(5, '2500'), put(5, '1260'), put(5, '123')],
  ]),
  ...each('numeric', [
    ['CLM AMT BPR SVC', ...notNumbers.map((value) => put(2, value))],
    ['CLP CAS', ...notNumbers.map((value) => put(3, value))],
    ['SV1', ...notNumbers.flatMap((value) => [put(2, value), put(4, value)])],
    ['SV2', ...notNumbers.map((value) => put(3, value))],
    ['LX', put(1, 'A')],
    ['AK9', put(2, 'A'), put(3, '1.5')],
  ]),
  ...each('length', [
    ['NM1', put(3, long(61)), put(4, long(36)), put(9, long(81)), put(9, 'X')],
    ['N3', put(1, long(56))],
    ['N4', put(1, long(31)), put(1, 'X'), put(3, '12')],
    ['REF', put(2, long(51))],
    ['CLM CLP', put(1, long(39))],
    ['TRN', put(2, long(51))],
    ['PER', put(4, long(257))],
    ['GS', put(2, long(16)), put(8, long(13))],
    ['ST', put(2, '001')],
  ]),
  { kind: 'extra-element', mutation: (segments, at) => set(40, 'X')(segments, at) },
  {
    kind: 'trailing-separator',
    mutation: (segments, at) => segments.with(at, [...(segments[at] ?? []), '']),
  },
  ...each('code', [
    ['DMG', put(3, 'Q')],
    ['NM1', put(2, '9')],
    ['BHT', put(1, '9999'), put(2, 'Q9'), put(6, 'QQ')],
    ['CLM', putPart(5, 2, 'Q'), put(6, 'Q'), put(7, 'Q'), put(8, 'Q'), put(9, 'Q')],
    ['SBR', put(1, 'q'), put(9, 'Q9')],
    ['STC', putPart(1, 1, 'Q9')],
    ['BPR', put(1, 'q'), put(3, 'Q'), put(4, 'QQQ')],
    ['CLP', put(2, '99'), put(6, 'Q9')],
    ['CAS', put(1, 'Q9')],
    ['HD', put(1, '999'), put(3, 'QQQ')],
    ['EB', put(1, 'q')],
    ['INS', put(1, 'Q'), put(2, '99'), put(3, '999')],
    ['AK9 IK5', put(1, 'Q')],
    ['SV1', put(3, 'QQ')],
  ]),
  ...each('required-element', [
    ['BHT', put(2, ''), put(3, ''), put(4, '')],
    ['HL', put(1, ''), put(3, '')],
    ['NM1', put(1, ''), put(2, '')],
    ['N3 N4', put(1, '')],
    ['REF TRN', put(2, '')],
    ['DTP', put(2, ''), put(3, '')],
    ['CLM', put(1, ''), put(2, ''), put(5, ''), putPart(5, 3, '')],
    ['SV1', put(2, ''), put(4, '')],
    ['CLP BPR', put(1, ''), put(2, ''), put(4, '')],
    ['GS', put(1, ''), put(2, ''), put(6, ''), put(8, '')],
    ['ST', put(1, ''), put(2, '')],
  ]),
  ...each('condition', [
    [
      'NM1',
      (segments, at) =>
        (segments[at]?.length ?? 0) > 9 ? segments.with(at, segments[at]?.slice(0, 9) ?? []) : undefined,
    ],
    ['PER', (segments, at) => segments.with(at, segments[at]?.slice(0, 4) ?? []), put(3, '')],
    ['N1', put(3, ''), put(4, '')],
    ['DMG', put(1, '')],
  ]),
  ...each('balance', [
    ['CLM SVC', put(2, more)],
    ['BPR', (segments, at) => (has(segments, 'CLP') ? put(2, more)(segments, at) : undefined)],
    ['SV1', put(2, more)],
    ['SV2', put(3, more)],
    ['CLP', put(3, more), put(4, more)],
    ['SVC CAS', put(3, more)],
  ]),
  ...each('npi', [
    ['NM1', (segments, at) => (segments[at]?.[8] === 'XX' ? put(9, wrongDigit)(segments, at) : undefined)],
    ['N1', (segments, at) => (segments[at]?.[3] === 'XX' ? put(4, wrongDigit)(segments, at) : undefined)],
  ]),
  ...each('state', [['N4', put(2, 'QQ')]]),
  ...each('postal-code', [['N4', put(3, '1234'), put(3, '123456'), put(3, '00000')]]),
  ...each('line-number', [
    ['LX', (segments, at) => (has(segments, 'CLM') ? put(1, more)(segments, at) : undefined)],
  ]),
  ...each('signs', [
    [
      'NM1',
      put(3, 'A\u0007B'),
      put(3, 'A\nB'),
      put(3, 'A:B'),
      put(3, 'AB  '),
      (segments, at) => (segments[0]?.[11] === '^' ? put(3, 'A^B')(segments, at) : undefined),
    ],
  ]),
];

const has = (segments: Segments, wanted: string): boolean => segments.some(([name]) => name === wanted);

function wrongDigit(old: string): string {
  return `${old.slice(0, -1)}${(Number(old.at(-1)) + 1) % 10}`;
}
