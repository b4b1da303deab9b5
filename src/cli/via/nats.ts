/** Payloads to a NATS subject: acknowledged by JetStream where a stream holds the subject, else only published. */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { connect, ErrorCode, headers, type MsgHdrs, type NatsConnection, NatsError } from 'nats';
import { subjects } from '../../bus/subjects.ts';
import { CliError, usageError } from '../errors.ts';
import { shortBytes } from '../format.ts';
import { printable } from '../output.ts';
import type { Payload, Reply, Target, Transmitter } from '../transmit.ts';
import { type BrokerAddress, connectionFault, readAddress } from './broker.ts';

/** What `--json` writes: what the server said, and null for what it did not. */
interface NatsAnswer {
  /** `published`: nobody acknowledges a subject that no stream holds. */
  readonly state: 'stored' | 'published' | 'failed';
  readonly subject: string;
  readonly stream: string | null;
  readonly seq: number | null;
  /** The stream had a message of the same key: it kept the first one. */
  readonly duplicate: boolean;
  readonly detail: string | null;
  readonly ms: number;
}

type Said = Omit<NatsAnswer, 'subject' | 'ms'>;

const CONNECT_WAIT_MS = 5000;
const ACK_WAIT_MS = 10_000;
/** A server that answers no ping in twice this time is taken to be gone. */
const PING_MS = 5000;

export async function openNats(target: Target): Promise<Transmitter> {
  const subject = target.subject ?? subjects.ingress;
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(subject)) {
    throw usageError('--subject must be words with dots between them, without wildcards.');
  }
  const address = readAddress(target, { scheme: 'nats', at: '127.0.0.1:4222' });
  const connection = await open(address, target.token);
  try {
    const stream = await streamOf(connection, subject);
    const publish = stream === null ? publisher(connection, subject) : storer(connection, subject, stream);
    return {
      transmit: (payload) => timed(subject, publish, payload),
      close: () => connection.close(),
    };
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}

/** A connection that ends where it breaks: what was under way then is reported, not tried again unseen. */
async function open(address: BrokerAddress, token: string | undefined): Promise<NatsConnection> {
  const { servers, tls, user, password } = address;
  // As in a NATS URL: a user without a password is a token.
  const alone = password === undefined ? user : undefined;
  const secret = token ?? alone;
  try {
    return await connect({
      servers: [...servers],
      name: 'healthos send',
      reconnect: false,
      timeout: CONNECT_WAIT_MS,
      pingInterval: PING_MS,
      ...(tls === undefined ? {} : { tls }),
      ...(secret === undefined ? {} : { token: secret }),
      ...(user === undefined || password === undefined ? {} : { user, pass: password }),
    });
  } catch (cause) {
    throw new CliError(1, `The NATS server at ${servers.join(', ')} cannot be used: ${refusal(cause)}.`, {
      cause,
    });
  }
}

function refusal(thrown: unknown): string {
  if (thrown instanceof NatsError && (thrown.isAuthError() || thrown.isAuthTimeout())) {
    return 'It refuses the user, password or token: check --user and --password, or --token';
  }
  const said = thrown instanceof NatsError ? refusals[thrown.code] : undefined;
  return said ?? connectionFault(thrown) ?? 'The connection failed: check --to';
}

const refusals: Readonly<Record<string, string>> = {
  [ErrorCode.ServerOptionNotAvailable]: 'It does not speak TLS: leave out tls:// and --ca',
  [ErrorCode.ConnectionRefused]: 'Nothing listens there: check --to',
  [ErrorCode.Timeout]: 'There is no answer: check --to',
};

/** The stream that holds the subject; null where none does, where there is no JetStream, or where we may not ask. */
async function streamOf(connection: NatsConnection, subject: string): Promise<string | null> {
  try {
    const manager = await connection.jetstreamManager({ checkAPI: false, timeout: CONNECT_WAIT_MS });
    return await manager.streams.find(subject);
  } catch (thrown) {
    if (!(thrown instanceof NatsError)) return null;
    const silent = isCode(thrown, ErrorCode.Timeout) || thrown.api_error?.err_code === UNAVAILABLE;
    if (!silent) return null;
    throw new CliError(1, 'JetStream does not answer: it may be choosing a leader. Try again soon.', {
      cause: thrown,
    });
  }
}

function isCode({ code }: NatsError, wanted: ErrorCode): boolean {
  return code === wanted.toString();
}

/** `JSClusterNotAvailErr` of the server. */
const UNAVAILABLE = 10_008;

type Publish = (payload: Payload) => Promise<Said>;

function storer(connection: NatsConnection, subject: string, stream: string): Publish {
  const client = connection.jetstream({ timeout: ACK_WAIT_MS });
  return async (payload) => {
    try {
      const options = { headers: headersOf(payload), msgID: randomUUID() };
      const { seq, duplicate, stream: by } = await client.publish(subject, payload.bytes, options);
      return { state: 'stored', stream: by, seq, duplicate, detail: null };
    } catch (thrown) {
      return failed(explain(thrown, connection, payload), stream);
    }
  };
}

/** A flush tells that the server has read it; that somebody has taken it in, nothing tells. */
function publisher(connection: NatsConnection, subject: string): Publish {
  const denied = watchDenials(connection);
  const published = { state: 'published', stream: null, seq: null, duplicate: false } as const;
  return async (payload) => {
    try {
      connection.publish(subject, payload.bytes, { headers: headersOf(payload) });
      await connection.flush();
      // What the server said before its answer to the flush has then been heard.
      await setImmediate();
    } catch (thrown) {
      return failed(explain(thrown, connection, payload));
    }
    if (denied()) return failed(forbidden);
    return { ...published, detail: 'published, not acknowledged: no stream holds this subject' };
  };
}

/** A server says beside the way that it did not permit a publish; the subject is the same for all of ours. */
function watchDenials(connection: NatsConnection): () => boolean {
  let seen = false;
  const watch = async () => {
    for await (const { permissionContext } of connection.status()) {
      if (permissionContext?.operation === 'publish') seen = true;
    }
  };
  void watch();
  return () => seen;
}

function headersOf({ contentType }: Payload): MsgHdrs {
  const made = headers();
  made.set('Content-Type', contentType);
  return made;
}

function failed(detail: string, stream: string | null = null): Said {
  return { state: 'failed', stream, seq: null, duplicate: false, detail };
}

const forbidden = 'This user may not publish there: check --subject and --user.';

const faults: Readonly<Record<string, string>> = {
  [ErrorCode.PermissionsViolation]: forbidden,
  [ErrorCode.Timeout]: `There was no acknowledgement within ${ACK_WAIT_MS / 1000} s: it may be stored, or not.`,
  [ErrorCode.NoResponders]: 'The stream does not answer: it may be choosing a leader. Try again soon.',
  [ErrorCode.ConnectionClosed]: 'The connection was broken off.',
  [ErrorCode.Disconnect]: 'The connection was broken off: it may be stored, or not.',
};

function explain(thrown: unknown, { info }: NatsConnection, { bytes }: Payload): string {
  if (!(thrown instanceof NatsError)) return 'The server cannot be asked.';
  if (isCode(thrown, ErrorCode.MaxPayloadExceeded)) {
    const most = info === undefined ? '' : ` of ${shortBytes(info.max_payload)}`;
    return `It is larger (${shortBytes(bytes.length)}) than the server's max_payload${most}: use --via rest.`;
  }
  const { api_error: refused } = thrown;
  if (refused !== undefined) return `The stream refuses it: ${printable(refused.description)}.`;
  return faults[thrown.code] ?? `It failed (${printable(thrown.code)}).`;
}

async function timed(subject: string, publish: Publish, payload: Payload): Promise<Reply> {
  const begun = performance.now();
  const said = await publish(payload);
  const answer: NatsAnswer = { ...said, subject, ms: performance.now() - begun };
  const { state, stream, seq, duplicate, detail, ms } = answer;
  const place = seq === null ? subject : `${subject}  stream ${printable(stream ?? '')} seq ${seq}`;
  return {
    ok: state !== 'failed',
    outcome: state,
    facts: [place, duplicate ? 'duplicate' : null],
    detail,
    issues: [],
    ms,
    document: answer,
  };
}
