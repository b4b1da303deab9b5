/** What a FhirEndpoint answers: resources of FHIR, in JSON or XML as the sender prefers (R4, http.html#mime-type). */
import type { Context } from 'koa';
import type { HealthosError } from '../../errors.ts';
import { answer, type HeaderList } from '../../http/answer.ts';
import { type IngressReply, judgedHeaders, locationOf } from '../../http/ingress-answer.ts';
import { refusalHeaders } from '../../http/problem.ts';
import type { Receipt } from '../../messages/envelope.ts';
import { type OperationOutcome, operationOutcome, outcomeOf } from '../../validation/fhir/reply.ts';
import { toXml } from '../../validation/fhir/reply-xml.ts';
import { formOf } from './form.ts';

const JSON_TYPE = 'application/fhir+json';
const XML_TYPE = 'application/fhir+xml';

export const replyInFhir: IngressReply = {
  received: (context, receipt) =>
    answerResource(
      context,
      202,
      outcomeOf('information', 'informational', stored(1), idOf(receipt)),
      locationOf(receipt.dataId),
    ),
  judged(context, { receipt, verdict }) {
    answerResource(context, verdict.valid ? 200 : 422, operationOutcome(verdict), judgedHeaders(receipt));
    return Promise.resolve();
  },
};

/** Answers for the resources of a bulk file, each of which is a message now. */
export function answerStored(context: Context, receipts: readonly Receipt[]): void {
  const ids = receipts.map(idOf).join('\n');
  answerResource(context, 202, outcomeOf('information', 'informational', stored(receipts.length), ids));
}

function stored(count: number): string {
  return count === 1
    ? 'The message is stored; it will be validated.'
    : `The ${count} resources are stored, each as a message; they will be validated.`;
}

function idOf({ dataId }: Receipt): string {
  return `data_id ${dataId}`;
}

/** Every refusal in FHIR's words, with the status and headers that it has elsewhere. */
export function answerRefusal(context: Context, error: HealthosError): void {
  const text = error.code === 'request/method-not-allowed' ? onlyPosted : error.message;
  const outcome = outcomeOf('error', issueType(error), text, error.code);
  answerResource(context, error.status, outcome, refusalHeaders(error));
}

const onlyPosted =
  'Resources are posted here, to the base or to a type below it, and metadata is read: nothing else can be read, updated or deleted.';

/** Of the value set issue-type, by status. */
const issueTypes: ReadonlyMap<number, string> = new Map([
  [400, 'invalid'],
  [401, 'login'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'not-supported'],
  [406, 'not-supported'],
  [408, 'timeout'],
  [412, 'not-supported'],
  [413, 'too-long'],
  [415, 'not-supported'],
  [422, 'processing'],
  [429, 'throttled'],
  [503, 'transient'],
]);

function issueType({ status }: HealthosError): string {
  return issueTypes.get(status) ?? 'exception';
}

type Answered = OperationOutcome | { readonly resourceType: 'CapabilityStatement' };

export function answerResource(
  context: Context,
  status: number,
  resource: Answered,
  headers: HeaderList = [],
): void {
  const isXml = formOf(context) === 'xml';
  const body = isXml ? toXml(resource) : JSON.stringify(resource);
  answer(context, status, `${isXml ? XML_TYPE : JSON_TYPE}; charset=utf-8`, body, headers);
}
