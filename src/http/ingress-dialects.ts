/** Verdicts in the senders' own dialects. */
import type { Arrival, Receipt } from '../messages/envelope.ts';
import type { Journey } from '../store/journal.ts';
import { operationOutcome } from '../validation/fhir/reply.ts';
import type { Verdict } from '../validation/issue.ts';

export interface Judged {
  readonly arrival: Arrival;
  readonly receipt: Receipt;
  readonly journey: Journey;
  readonly verdict: Verdict;
}

export interface DialectReply {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

type Dialect = (judged: Judged) => DialectReply | undefined;

/** By media type in lower case. A dialect answers undefined where it has no words for this message. */
const dialects: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  [
    'application/fhir+json',
    ({ verdict }) => ({
      contentType: 'application/fhir+json',
      body: JSON.stringify(operationOutcome(verdict)),
    }),
  ],
]);

/** The reply in the dialect that an Accept header prefers; undefined where it prefers JSON, or there is no such reply. */
export function dialectFor(accept: string | undefined, judged: Judged): DialectReply | undefined {
  if (accept === undefined) return undefined;
  const preferred = preferences(accept).find((type) => dialects.has(type) || ours.test(type));
  return preferred === undefined ? undefined : dialects.get(preferred)?.(judged);
}

const ours = /^(?:application\/(?:problem\+)?json|application\/\*|\*\/\*)$/;

/** The media types of an Accept header, the best first (RFC 9110, section 12.5.1); parameters do not matter here. */
function preferences(accept: string): string[] {
  return accept
    .toLowerCase()
    .split(',')
    .map((range) => ({ type: (range.split(';', 1)[0] ?? '').trim(), weight: weightOf(range) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ type }) => type);
}

function weightOf(range: string): number {
  const weight = /;\s*q=([\d.]{1,5})/.exec(range)?.[1];
  return weight === undefined ? 1 : Number(weight);
}
