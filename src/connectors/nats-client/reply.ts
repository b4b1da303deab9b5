/** What the sender of a core message is told, where it asked for a reply: the same as over HTTP. */
import { headers } from 'nats';
import type { Msg, MsgHdrs } from 'nats';
import type { HealthosError } from '../../errors.ts';
import { problemOf, problemType } from '../../http/problem.ts';
import type { Receipt } from '../../messages/envelope.ts';

/** It is stored: `{"status":"received","data_id","content_type","format"}`. */
export function replyReceived(message: Msg, { dataId, contentType, format }: Receipt): void {
  if (!message.reply) return;
  const received = { status: 'received', data_id: dataId, content_type: contentType, format };
  message.respond(JSON.stringify(received), { headers: typed('application/json') });
}

/** It is not: a problem document, and the error headers of the NATS services (ADR-32). */
export function replyRefused(message: Msg, error: HealthosError): void {
  if (!message.reply) return;
  const head = typed(problemType);
  head.set('Nats-Service-Error', error.message);
  head.set('Nats-Service-Error-Code', String(error.status));
  message.respond(JSON.stringify(problemOf(error)), { headers: head });
}

function typed(contentType: string): MsgHdrs {
  const head = headers();
  head.set('Content-Type', contentType);
  return head;
}
