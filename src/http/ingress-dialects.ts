/** Verdicts in the senders' own dialects. */
import type { ObjectStore } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import { isClaimCheck } from '../messages/envelope.ts';
import type { Arrival, Format, Receipt } from '../messages/envelope.ts';
import type { Journey } from '../store/journal.ts';
import { operationOutcome } from '../validation/fhir/reply.ts';
import { toXml } from '../validation/fhir/reply-xml.ts';
import { Echo } from '../validation/hl7v2/echo.ts';
import { hl7Reply } from '../validation/hl7v2/reply.ts';
import type { Verdict } from '../validation/issue.ts';
import { x12Reply } from '../validation/x12/reply.ts';
import { preferences } from './preferences.ts';

export interface Judged {
  readonly arrival: Arrival;
  readonly receipt: Receipt;
  readonly journey: Journey;
  readonly verdict: Verdict;
  readonly objects: Pick<ObjectStore, 'get'>;
  /** Of an interchange that we send: `ControlNumbers.next`. */
  readonly controlNumber: () => Promise<number>;
}

export interface DialectReply {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

type Dialect = (judged: Judged) => DialectReply | undefined | Promise<DialectReply | undefined>;

/** By media type in lower case. A dialect answers undefined where it has no words for this message. */
const dialects: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  ['application/fhir+json', inFhir],
  ['application/fhir+xml', inFhirXml],
  ['application/hl7-v2', inHl7],
  ['x-application/hl7-v2+er7', inHl7],
  ['application/edi-x12', inX12],
]);

function inFhir({ verdict }: Judged): DialectReply {
  return { contentType: 'application/fhir+json', body: JSON.stringify(operationOutcome(verdict)) };
}

function inFhirXml({ verdict }: Judged): DialectReply {
  return { contentType: 'application/fhir+xml', body: toXml(operationOutcome(verdict)) };
}

/** MSH-10 of the ACK: the end of the data id, which is the random part; a control id has at most 20 characters. */
function inHl7({ arrival, receipt, journey, verdict }: Judged): DialectReply | undefined {
  const { body } = arrival;
  if (!isOrMayBe('hl7v2', verdict)) return undefined;
  const controlId = receipt.dataId.replaceAll('-', '').slice(-20);
  // The header segment stands at the beginning, which is at hand of large bodies too.
  const original = isClaimCheck(body) ? body.head : body;
  // An acknowledgement is never acknowledged (HL7 v2, ch. 2, 2.9).
  if (new Echo(original).isAcknowledgement) return undefined;
  const ack = hl7Reply(original, verdict, new Date(journey.received_at), controlId);
  return { contentType: 'application/hl7-v2', body: ack };
}

/**
 * A 999 answers each transaction set, so it takes the whole: a large one is read again as it comes, piece by piece. Where
 * that fails, or no control number can be had, there is no reply of this kind: the message is stored and judged all the same.
 */
async function inX12(judged: Judged): Promise<DialectReply | undefined> {
  if (!isOrMayBe('x12', judged.verdict)) return undefined;
  const reply = await x12ReplyTo(judged).catch(ifUnanswerable);
  return reply === undefined ? undefined : { contentType: 'application/EDI-X12', body: reply };
}

async function x12ReplyTo({ arrival, objects, journey, verdict, controlNumber }: Judged) {
  const { body } = arrival;
  const original = isClaimCheck(body) ? await objects.get(body.ref) : body;
  return x12Reply(original, verdict, new Date(journey.received_at), controlNumber);
}

function ifUnanswerable(thrown: unknown): undefined {
  if (!(thrown instanceof HealthosError)) throw thrown;
}

/** A reply is built from the message's own header: a message of another format has none that it could answer. */
function isOrMayBe(format: Format, verdict: Verdict): boolean {
  return verdict.format === format || verdict.format === null;
}

/** The reply in the dialect that an Accept header prefers; undefined where it prefers JSON, or there is no such reply. */
export async function dialectFor(
  accept: string | undefined,
  judged: Judged,
): Promise<DialectReply | undefined> {
  if (accept === undefined) return undefined;
  const preferred = preferences(accept).find((type) => dialects.has(type) || ours.test(type));
  return preferred === undefined ? undefined : dialects.get(preferred)?.(judged);
}

const ours = /^(?:application\/(?:problem\+)?json|application\/\*|\*\/\*)$/;
