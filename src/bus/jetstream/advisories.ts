/** What the server tells unasked of the bus's stream and its consumers, in sentences for the log and the operator. */
import type { Msg, NatsConnection, NatsError, Subscription } from 'nats';

export interface Advisory {
  readonly kind:
    | 'max-deliveries'
    | 'quorum-lost'
    | 'leader-elected'
    | 'stream-changed'
    | 'stream-deleted'
    | 'consumer-deleted'
    /** Advisories cannot be had; told once. */
    | 'not-permitted';
  readonly level: 'info' | 'warn' | 'error';
  /** What happened and what to do, without anything of a message. */
  readonly message: string;
  readonly consumer?: string;
  /** The position of the message concerned. */
  readonly seq?: number;
}

export interface Advisories {
  close(): void;
}

/** Subscribes to what concerns the stream, and to no more. `tell` is called for each; it must not throw. */
export function watchAdvisories(
  connection: NatsConnection,
  stream: string,
  tell: (advisory: Advisory) => void,
): Advisories {
  let isRefused = false;
  const hear = (error: NatsError | null, message: Msg): void => {
    const advisory = error === null ? advisoryOf(message, stream) : notPermitted(stream);
    if (advisory === undefined || (error !== null && isRefused)) return;
    isRefused ||= error !== null;
    tell(advisory);
  };
  const subscriptions: readonly Subscription[] = subjectsOf(stream).map((subject) =>
    connection.subscribe(subject, { callback: hear }),
  );
  return { close: () => subscriptions.forEach((subscription) => subscription.unsubscribe()) };
}

const PREFIX = '$JS.EVENT.ADVISORY';

function subjectsOf(stream: string): readonly string[] {
  return [
    `${PREFIX}.CONSUMER.MAX_DELIVERIES.${stream}.*`,
    `${PREFIX}.CONSUMER.QUORUM_LOST.${stream}.*`,
    `${PREFIX}.CONSUMER.DELETED.${stream}.*`,
    `${PREFIX}.STREAM.*.${stream}`,
  ];
}

/** Whatever is in an advisory was written by the server, or by whoever may publish there: names and numbers only. */
function advisoryOf(message: Msg, stream: string): Advisory | undefined {
  const [what, happened, , name] = message.subject.slice(PREFIX.length + 1).split('.');
  const facts = factsOf(message);
  if (what === 'CONSUMER' && name !== undefined) return ofConsumer(happened, name, stream, facts);
  return what === 'STREAM' ? ofStream(happened, stream, facts) : undefined;
}

function ofConsumer(
  happened: string | undefined,
  consumer: string,
  stream: string,
  { seq, deliveries }: Facts,
): Advisory | undefined {
  switch (happened) {
    case 'MAX_DELIVERIES':
      return {
        kind: 'max-deliveries',
        level: 'warn',
        consumer,
        ...(seq === undefined ? {} : { seq }),
        message: `The consumer ${consumer} gave the message at position ${seq ?? '?'} up after ${deliveries ?? '?'} deliveries; it stays on the stream ${stream}, but does not come again by itself.`,
      };
    case 'QUORUM_LOST':
      return {
        kind: 'quorum-lost',
        level: 'error',
        consumer,
        message: `The consumer ${consumer} has lost its quorum and stands still: start the servers of the cluster that are down.`,
      };
    case 'DELETED':
      return {
        kind: 'consumer-deleted',
        level: 'warn',
        consumer,
        message: `The consumer ${consumer} of the stream ${stream} was deleted.`,
      };
    case undefined:
    default:
      return undefined;
  }
}

function ofStream(happened: string | undefined, stream: string, { leader }: Facts): Advisory | undefined {
  switch (happened) {
    case 'QUORUM_LOST':
      return {
        kind: 'quorum-lost',
        level: 'error',
        message: `The stream ${stream} has lost its quorum and stores nothing: start the servers of the cluster that are down.`,
      };
    case 'LEADER_ELECTED':
      return {
        kind: 'leader-elected',
        level: 'info',
        message: `The stream ${stream} is led by the server ${leader ?? '?'}.`,
      };
    case 'UPDATED':
      return {
        kind: 'stream-changed',
        level: 'warn',
        message: `Somebody changed the stream ${stream}; it is looked at again.`,
      };
    case 'DELETED':
      return {
        kind: 'stream-deleted',
        level: 'error',
        message: `Somebody deleted the stream ${stream}, and what was on it.`,
      };
    case undefined:
    default:
      return undefined;
  }
}

function notPermitted(stream: string): Advisory {
  return {
    kind: 'not-permitted',
    level: 'warn',
    message: `The user of app.messaging may not hear what the server tells of the stream ${stream}: let it subscribe to ${PREFIX}.STREAM.*.${stream} and ${PREFIX}.CONSUMER.*.${stream}.*`,
  };
}

interface Facts {
  readonly seq?: number;
  readonly deliveries?: number;
  readonly leader?: string;
}

function factsOf(message: Msg): Facts {
  const told = parsed(message);
  const number = (key: string) =>
    Number.isSafeInteger(told[key]) ? { value: Number(told[key]) } : undefined;
  const leader = told['leader'];
  const seq = number('stream_seq');
  const deliveries = number('deliveries');
  return {
    ...(seq === undefined ? {} : { seq: seq.value }),
    ...(deliveries === undefined ? {} : { deliveries: deliveries.value }),
    ...(typeof leader === 'string' && /^[\w.-]{1,64}$/.test(leader) ? { leader } : {}),
  };
}

function parsed(message: Msg): Readonly<Record<string, unknown>> {
  try {
    const told: unknown = message.json();
    return typeof told === 'object' && told !== null ? Object.fromEntries(Object.entries(told)) : {};
  } catch {
    return {};
  }
}
