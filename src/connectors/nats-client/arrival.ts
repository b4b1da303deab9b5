/**
 * What a NATS message says of itself beside its body. All of it is somebody else's word: what we listen to is checked,
 * the rest is kept as `Healthos-Source-Header-…`, bounded; headers that look like the gateway's own are not believed.
 */
import { createHash } from 'node:crypto';
import type { Msg, MsgHdrs } from 'nats';
import { traceparentOf } from '../../http/ingress-headers.ts';
import { header } from '../../messages/envelope.ts';
import type { Arrival } from '../../messages/envelope.ts';

/** Where a message of JetStream stands. */
export interface Position {
  readonly stream: string;
  readonly sequence: number;
  /** When its stream was made: one that is made anew under its name begins again at 1. */
  readonly created: string;
}

const SOURCE = 'Healthos-Source-';
const MOST_HEADERS = 32;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 512;
const LONGEST_SUBJECT = 512;

/** All of an Arrival but its body. */
export function aboutMessage(message: Msg, position?: Position): Omit<Arrival, 'body'> {
  const { headers } = message;
  return {
    contentType: mediaType(headers?.get(header.contentType)),
    traceparent: traceparentOf(headers?.get(header.traceparent)),
    sourceKey: position ? keyOf(position) : messageKey(headers?.get(header.msgId)),
    source: {
      [`${SOURCE}Subject`]: clean(message.subject, LONGEST_SUBJECT),
      ...(position && {
        [`${SOURCE}Stream`]: clean(position.stream, LONGEST_SUBJECT),
        [`${SOURCE}Sequence`]: String(position.sequence),
      }),
      ...(headers && foreign(headers)),
    },
  };
}

function keyOf({ stream, created, sequence }: Position): string {
  return `${stream}/${created}/${sequence}`;
}

/** A sender that gives its message an id may send it again; hashed, since it may be built from a patient's number. */
function messageKey(id: string | undefined): string | undefined {
  return id === undefined || id === ''
    ? undefined
    : `msg-id/${createHash('sha256').update(id).digest('hex')}`;
}

function mediaType(value: string | undefined): string | undefined {
  return /^\s*([\w.+-]{1,63}\/[\w.+-]{1,63})\s*(?:;|$)/.exec(value ?? '')?.[1];
}

/** The first of each name, of at most so many names. */
function foreign(headers: MsgHdrs): Record<string, string> {
  const kept: Record<string, string> = {};
  const names = headers.keys().filter(isKept).slice(0, MOST_HEADERS);
  for (const name of names) kept[`${SOURCE}Header-${name}`] = clean(headers.get(name), LONGEST_VALUE);
  return kept;
}

/** What begins with Nats- steers a server, but for the sender's own id. */
function isKept(name: string): boolean {
  if (!/^[\w-]+$/.test(name) || name.length > LONGEST_NAME) return false;
  return !/^(?:healthos-|nats-(?!msg-id$)|content-type$|traceparent$)/i.test(name);
}

/** Control characters would end a header; what is too long is cut between characters. */
function clean(value: string, longest: number): string {
  const plain = value.replace(/[\u0000-\u001f\u007f\u0080-\u009f]/g, ' ').trim();
  return plain.length <= longest ? plain : plain.slice(0, longest).replace(/[\ud800-\udbff]$/, '');
}
