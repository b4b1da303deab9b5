/** The envelopes of X12: what encloses what, by which trailer it is closed, and what is counted in it (ASC X12.5; X12.6). */
import type { Walk } from './walk.ts';

export type Header = 'ISA' | 'GS' | 'ST';

/** An envelope that is open. */
export interface Envelope {
  readonly header: Header;
  readonly address: string;
  readonly controlNumber: string;
  /** How many it holds: of ISA the groups, of GS the transactions, of ST the segments with its own. */
  count: number;
  /** Control numbers of what it holds. */
  readonly numbers: Set<string>;
  /** Of GS: the functional identifier and the version; of ST: the type. */
  readonly kind: string;
  readonly version: string;
  /** Of ST: its implementation convention reference, ST03. */
  readonly reference: string;
  /** Of ST: begins with its first segment, which may tell which map it is. */
  walk: Walk | undefined;
  /** Of ISA: it holds a TA1. */
  acknowledges: boolean;
}

export const trailers: ReadonlyMap<string, Header> = new Map([
  ['IEA', 'ISA'],
  ['GE', 'GS'],
  ['SE', 'ST'],
]);

export const levelOf = { ISA: 0, GS: 1, ST: 2 } as const;
export type Trailer = 'IEA' | 'GE' | 'SE';

export const trailerOf = { ISA: 'IEA', GS: 'GE', ST: 'SE' } as const;
export const around: Readonly<Record<Header, Header | undefined>> = { ISA: undefined, GS: 'ISA', ST: 'GS' };
/** The elements of a trailer: 1 the count, 2 the control number; of a header, by name. */
export const controlNumberOf = { ISA: 13, GS: 6, ST: 2 } as const;

export const counted = {
  ISA: { rule: 'x12/group-count', what: 'functional groups' },
  GS: { rule: 'x12/transaction-count', what: 'transaction sets' },
  ST: { rule: 'x12/segment-count', what: 'segments from ST to SE' },
} as const;

/** `GS`, and from the second on `GS[2]`, counted over the body. */
export const addressOf = (header: Header, count: number): string =>
  count <= 1 ? header : `${header}[${count}]`;

export const two = (element: number): string => String(element).padStart(2, '0');
