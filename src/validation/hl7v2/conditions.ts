/** Fields that the standard requires under a condition: in some messages, or beside another field. A rule is a row. */
import type { Header } from './header.ts';
import { addressOf, hasField, partEnd, type Scope, specOf } from './scope.ts';

interface Condition {
  readonly field: number;
  /** In messages of this type. */
  readonly message?: string;
  /** And of one of these trigger events. */
  readonly events?: readonly string[];
  /** Where one of these fields has a value. */
  readonly beside?: readonly number[];
  /** The first version that says so. */
  readonly since: string;
  /** Why, after "is required". */
  readonly because: string;
}

/** By segment. */
const conditions: ReadonlyMap<string, readonly Condition[]> = new Map([
  [
    'PV1',
    [
      // Ch. 3, ADT/ACK - transfer a patient (A02): the new location in PV1-3, the old one in PV1-6.
      {
        field: 3,
        message: 'ADT',
        events: ['A02'],
        since: '2.1',
        because: 'in a transfer: it is the new location',
      },
      {
        field: 6,
        message: 'ADT',
        events: ['A02'],
        since: '2.1',
        because: 'in a transfer: it is the old location',
      },
      // Ch. 3, ADT/ACK - pending transfer (A15).
      {
        field: 42,
        message: 'ADT',
        events: ['A15'],
        since: '2.3',
        because: 'in a pending transfer: it is the location to come',
      },
    ],
  ],
  [
    'PID',
    [
      // Ch. 3, PID-35 Species Code and PID-36 Breed Code.
      {
        field: 35,
        beside: [36, 38],
        since: '2.4',
        because: 'where there is a breed (PID-36) or a production class (PID-38)',
      },
      { field: 36, beside: [37], since: '2.4', because: 'where there is a strain (PID-37)' },
    ],
  ],
  [
    'OBR',
    [
      // Ch. 7, OBR-7, OBR-22 and OBR-25: required where the OBR is part of a report.
      {
        field: 7,
        message: 'ORU',
        since: '2.3',
        because: 'in a report: it is the time that matters for the result',
      },
      { field: 22, message: 'ORU', since: '2.3', because: 'in a report: it is when the status changed' },
      { field: 25, message: 'ORU', since: '2.3', because: 'in a report: it is the status of the results' },
    ],
  ],
  [
    'TXA',
    [
      // Ch. 9, TXA-13 Parent Document Number.
      {
        field: 13,
        message: 'MDM',
        events: ['T05', 'T06', 'T09', 'T10'],
        since: '2.3',
        because: 'in an addendum and in a replacement',
      },
    ],
  ],
]);

/** Checks the segment whose fields were checked last, and which ends at `end`. */
export function checkConditions(scope: Scope, header: Header, end: number): void {
  const { segment } = scope.place;
  if (segment === 'EVN') checkEvent(scope, header, end);
  const rows = conditions.get(segment);
  if (rows === undefined) return;
  for (const row of rows) {
    if (!hasField(scope, row.field, end) && applies(scope, row, header, end)) reportMissing(scope, row);
  }
}

function applies(scope: Scope, row: Condition, header: Header, end: number): boolean {
  const { message, events, beside, since } = row;
  if (scope.version !== '' && scope.version < since) return false;
  if (message !== undefined && message !== header.code) return false;
  if (events !== undefined && !events.includes(header.trigger)) return false;
  return beside === undefined || beside.some((number) => hasField(scope, number, end));
}

function reportMissing({ version, place, report }: Scope, { field, because }: Condition): void {
  const named = `${place.segment}-${field}`;
  const message = `${named} is required ${because}.`;
  report('hl7v2/conditional-field', `${addressOf(place)}-${field}`, message, specOf(version, named));
}

/** EVN-1 repeats the trigger event of MSH-9 (ch. 3, EVN-1). */
function checkEvent(scope: Scope, { trigger }: Header, end: number): void {
  if (!hasField(scope, 1, end) || trigger === '') return;
  const { bytes, delimiters, place, report, starts, version } = scope;
  const from = starts[1] ?? end;
  const to = partEnd(bytes, from, end, delimiters.field);
  if (bytes.toString('latin1', from, Math.min(to, from + 8)) === trigger) return;
  const message = 'EVN-1 names another event than MSH-9: it repeats the trigger event of the message.';
  report('hl7v2/event-type', `${addressOf(place)}-1`, message, specOf(version, 'EVN-1'));
}
