/** Verdicts in the senders' own dialects. */
import type { Context } from 'koa';
import type { Arrival, Receipt } from '../messages/envelope.ts';
import type { Journey } from '../store/journal.ts';
import type { Verdict } from '../validation/issue.ts';

export interface Judged {
  readonly arrival: Arrival;
  readonly receipt: Receipt;
  readonly journey: Journey;
  readonly verdict: Verdict;
}

export interface DialectReply {
  readonly contentType: string;
  readonly body: string;
}

/** The reply in the dialect that the request accepts; undefined where it prefers JSON, or the message cannot be replied to so. */
export function dialectFor(context: Context, judged: Judged): DialectReply | undefined {
  const accepted = context.accepts('application/json', 'application/problem+json', ...dialects.keys());
  return accepted === false ? undefined : dialects.get(accepted)?.(judged);
}

const dialects: ReadonlyMap<string, (judged: Judged) => DialectReply | undefined> = new Map();
