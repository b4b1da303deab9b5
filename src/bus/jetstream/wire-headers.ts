/**
 * Headers as NATS has them (ADR-4): lines of text. What does not fit into one, a name or value with control characters
 * or with blanks at its ends, travels as JSON in a header of its own, so that every header comes back as it was given.
 */
import type { Msg } from 'nats';
import type { Headers } from '../../messages/envelope.ts';
import { header } from '../../messages/envelope.ts';
import { fitting, MOST_HEADER_BYTES } from './header-limit.ts';

/** Holds the headers that no line can hold, as a JSON object. */
const ENCODED = 'Healthos-Encoded-Headers';
/** The server's word for the size of a body that it leaves out. */
const SIZE = 'Nats-Msg-Size';

const FIRST_LINE = 'NATS/1.0\r\n';
const plainName = /^[!-9;-~]+$/;
const oddValue = /[\u0000-\u001f\u007f]|^ | $/;
/** The server acts on these: a purge by `Nats-Rollup`, a refusal by `Nats-Expected-…`. Nobody outside gives orders. */
const ordersTheServer = /^nats-/i;

/** The bytes of the headers, with the duplicate key as `Nats-Msg-Id`; without those that order the server about. */
export function encodeHeaders(headers: Headers, duplicateKey: string | undefined): Uint8Array {
  const all = encode(headers, duplicateKey);
  return all.byteLength <= MOST_HEADER_BYTES ? all : encode(fitting(headers), duplicateKey);
}

function encode(headers: Headers, duplicateKey: string | undefined): Uint8Array {
  const odd: [string, string][] = [];
  let text = FIRST_LINE;
  const add = (name: string, value: string): void => {
    if (isPlain(name, value)) text += `${name}: ${value}\r\n`;
    else odd.push([name, value]);
  };
  for (const [name, value] of Object.entries(headers)) {
    if (!ordersTheServer.test(name) && name !== ENCODED) add(name, value);
  }
  if (duplicateKey !== undefined) text += keyLine(duplicateKey, odd);
  if (odd.length > 0) text += `${ENCODED}: ${JSON.stringify(Object.fromEntries(odd))}\r\n`;
  return Buffer.from(`${text}\r\n`);
}

/** A key that no line can hold is compared by the server in its encoded form. */
function keyLine(key: string, odd: [string, string][]): string {
  if (isPlain(header.msgId, key)) return `${header.msgId}: ${key}\r\n`;
  odd.push([header.msgId, key]);
  return `${header.msgId}: ${JSON.stringify(key)}\r\n`;
}

function isPlain(name: string, value: string): boolean {
  return plainName.test(name) && name !== '__proto__' && !oddValue.test(value) && value.isWellFormed();
}

export interface ReadHeaders {
  readonly headers: Headers;
  /** The size of a body that was left out. */
  readonly size: number | undefined;
}

/** Of a header that comes more than once the first counts, as the server has it with the duplicate key. */
export function parseHeaders(bytes: Uint8Array): ReadHeaders {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const headers: Record<string, string> = {};
  let at = text.indexOf('\r\n') + 2;
  for (let end = text.indexOf('\r\n', at); end > at; end = text.indexOf('\r\n', at)) {
    const colon = text.indexOf(':', at);
    if (colon > at && colon < end)
      addFirst(headers, text.slice(at, colon), text.slice(colon + 1, end).trim());
    at = end + 2;
  }
  return withoutTransport(headers);
}

function addFirst(headers: Record<string, string>, name: string, value: string): void {
  if (!Object.hasOwn(headers, name)) headers[name] = value;
}

function withoutTransport(given: Record<string, string>): ReadHeaders {
  if (given[ENCODED] === undefined && given[SIZE] === undefined) return { headers: given, size: undefined };
  const { [ENCODED]: encoded, [SIZE]: size, ...headers } = given;
  return {
    headers: encoded === undefined ? headers : { ...headers, ...decoded(encoded) },
    size: size === undefined ? undefined : Number(size),
  };
}

/** Anybody may publish: what is no object of texts is nothing. */
function decoded(json: string): Headers {
  try {
    const given: unknown = JSON.parse(json);
    if (typeof given !== 'object' || given === null) return {};
    return Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}

const none: ReadHeaders = { headers: {}, size: undefined };

/** The headers of a message that came. The client's own parser takes five times as long: its bytes are read instead. */
export function headersOf(message: Msg): ReadHeaders {
  if (isRaw(message)) {
    return message._msg.hdr > 0 ? parseHeaders(message._rdata.subarray(0, message._msg.hdr)) : none;
  }
  const { headers } = message;
  if (headers === undefined) return none;
  return withoutTransport(Object.fromEntries([...headers].map(([name, [value = '']]) => [name, value])));
}

/** What the client's messages are made of, where they still are. */
interface RawMessage {
  readonly _msg: { readonly hdr: number };
  readonly _rdata: Uint8Array;
}

function isRaw(message: object): message is RawMessage {
  return '_rdata' in message && message._rdata instanceof Uint8Array && '_msg' in message;
}
