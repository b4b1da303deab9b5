/** Reads single messages of a stream from its leader: what was stored is there at once. */
import type { Headers } from '../../messages/envelope.ts';
import type { StoredMessage } from '../message-bus.ts';
import type { Wire } from './wire.ts';
import { parseHeaders } from './wire-headers.ts';

/** By position, the first one from a position on under a subject, or the last one under a subject. */
export type Wanted =
  { readonly seq: number; readonly next_by_subj?: string } | { readonly last_by_subj: string };

const TIMEOUT_MS = 4_000;
const NO_MESSAGE = 10037;

/** Undefined where there is none. Rejects as the client does, or with the server's refusal. */
export async function readMessage(
  wire: Pick<Wire, 'connection'>,
  stream: string,
  wanted: Wanted,
): Promise<StoredMessage | undefined> {
  const payload = JSON.stringify(wanted);
  const reply = await wire.connection.request(`$JS.API.STREAM.MSG.GET.${stream}`, payload, {
    timeout: TIMEOUT_MS,
  });
  const { message, error } = reply.json<Reply>();
  if (message !== undefined) return asStored(message);
  if (error?.err_code === NO_MESSAGE) return undefined;
  throw new Error(`${error?.description ?? 'no message'} (${error?.err_code ?? 0})`);
}

/** Short: while a leader is elected some questions are never answered, and the next one may be. */
const ASK_MS = 1_000;
const NO_STREAM = 10059;

/** Whether the server has the stream. Rejects where nobody answers for it now. */
export async function hasStream({ connection }: Wire, stream: string): Promise<boolean> {
  const reply = await connection.request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: ASK_MS });
  const { error } = reply.json<Pick<Reply, 'error'>>();
  if (error === undefined || error.err_code === NO_STREAM) return error === undefined;
  throw new Error(`${error.description} (${error.err_code})`);
}

interface Reply {
  readonly message?: {
    readonly seq: number;
    readonly subject: string;
    readonly time: string;
    /** Base64, like the data. */
    readonly hdrs?: string;
    readonly data?: string;
  };
  readonly error?: { readonly err_code: number; readonly description: string };
}

function asStored({ seq, subject, time, hdrs, data = '' }: NonNullable<Reply['message']>): StoredMessage {
  const headers: Headers = hdrs === undefined ? {} : parseHeaders(Buffer.from(hdrs, 'base64')).headers;
  const body = Buffer.from(data, 'base64');
  return { seq, subject, storedAt: Date.parse(time), headers, body, size: body.byteLength };
}
