/** What a sender is told once its message is stored: that it is, or what became of it. */
import type { Context } from 'koa';
import type { ConnectorContext } from '../connectors/connector.ts';
import { HealthosError } from '../errors.ts';
import type { Arrival, ContentType, Format, Receipt } from '../messages/envelope.ts';
import type { Journey } from '../store/journal.ts';
import type { Verdict } from '../validation/issue.ts';
import { answer } from './answer.ts';
import type { HeaderList } from './answer.ts';
import { dialectFor, type Judged } from './ingress-dialects.ts';
import { answerProblem } from './problem.ts';

/** How a sender is told, once its message is stored. */
export interface IngressReply {
  /** Answers 202: it will be judged. */
  received(context: Context, receipt: Receipt): void;
  /** Answers 200 or 422, by the verdict. */
  judged(context: Context, judged: Judged): Promise<void>;
}

/** In JSON, and verdicts in the dialect that the sender accepts. */
export const replyInJson: IngressReply = { received: answerReceived, judged: answerJudged };

/** Answers 202: the message is stored, and will be judged. */
function answerReceived(context: Context, { dataId, contentType, format }: Receipt): void {
  const rest = receivedRest.get(contentType) ?? restOf(contentType, format);
  answer(
    context,
    202,
    'application/json',
    `{"status":"received","data_id":"${dataId}",${rest}`,
    locationOf(dataId),
  );
}

/** The part of the answer that is the same for all messages of a type. */
const receivedRest = new Map<ContentType | null, string>();

function restOf(contentType: ContentType | null, format: Format | null): string {
  const rest = JSON.stringify({ content_type: contentType, format }).slice(1);
  receivedRest.set(contentType, rest);
  return rest;
}

/** Where the journey of a message is read. */
export function locationOf(dataId: string): HeaderList {
  return ['Location', `/admin/messages/${dataId}`];
}

export interface Awaited {
  readonly arrival: Arrival;
  readonly receipt: Receipt;
  readonly seconds: number;
  readonly connector: Pick<ConnectorContext, 'verdict' | 'controlNumber' | 'objects'>;
  /** Aborted when the connector takes nothing more in. */
  readonly stopping: AbortSignal;
  readonly reply: IngressReply;
}

/**
 * Answers with the verdict: 200 or 422, in the dialect that the sender accepts; 202 where there is none in time, the
 * journal cannot tell, or the connector or the server stops. The message is stored, so nothing that fails from here on is the sender's.
 */
export async function answerVerdict(context: Context, awaited: Awaited): Promise<void> {
  const { receipt, reply } = awaited;
  const { dataId } = receipt;
  const asked = awaited.connector.verdict(dataId, awaited.seconds * 1000).catch(() => undefined);
  const journey = await unlessAborted(asked, [context.state.closing, awaited.stopping]);
  if (journey === undefined || journey.state === 'received') reply.received(context, receipt);
  else await reply.judged(context, judgedOf(awaited, journey));
}

function judgedOf({ arrival, receipt, connector }: Awaited, journey: Journey): Judged {
  const verdict = verdictOf(journey);
  const { objects } = connector;
  return { arrival, receipt, journey, verdict, objects, controlNumber: () => connector.controlNumber() };
}

/** The headers of an answer with a verdict. */
export function judgedHeaders({ dataId }: Receipt): HeaderList {
  return [...locationOf(dataId), 'Preference-Applied', 'wait', 'Vary', 'Accept, Prefer'];
}

async function answerJudged(context: Context, judged: Judged): Promise<void> {
  const { receipt, journey, verdict } = judged;
  const headers = judgedHeaders(receipt);
  const reply = await dialectFor(context.req.headers.accept, judged);
  if (reply !== undefined) {
    answer(context, verdict.valid ? 200 : 422, reply.contentType, reply.body, headers);
  } else if (verdict.valid) {
    const { type } = journey;
    const body = { status: 'valid', valid: true, type, ...membersOf(receipt, journey) };
    answer(context, 200, 'application/json', JSON.stringify(body), headers);
  } else {
    // `type` is the problem's own (RFC 9457, section 3.1.1).
    const members = { message_type: journey.type, ...membersOf(receipt, journey) };
    answerProblem(context, invalid(verdict), { members, headers });
  }
}

function membersOf(receipt: Receipt, journey: Journey): Record<string, unknown> {
  return {
    data_id: receipt.dataId,
    content_type: receipt.contentType,
    format: receipt.format,
    version: journey.version,
    issues: journey.issues,
    issues_total: journey.issues_total,
  };
}

function invalid(verdict: Verdict): HealthosError {
  const errors = verdict.issues.filter((issue) => issue.severity === 'error').length;
  const listed = errors === 1 ? '1 error is listed' : `${errors} errors are listed`;
  return new HealthosError('message/invalid', `The message is stored, and is invalid: ${listed}.`);
}

/** Delivery comes after validity, and does not change it. */
function verdictOf(journey: Journey): Verdict {
  return {
    format: journey.format,
    version: journey.version,
    type: journey.type,
    valid: journey.state !== 'invalid',
    issues: journey.issues,
    issuesTotal: journey.issues_total,
  };
}

async function unlessAborted<T>(
  promise: Promise<T>,
  signals: readonly AbortSignal[],
): Promise<T | undefined> {
  if (signals.some((signal) => signal.aborted)) return undefined;
  const aborted = Promise.withResolvers<undefined>();
  const abort = () => aborted.resolve(undefined);
  for (const signal of signals) signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
