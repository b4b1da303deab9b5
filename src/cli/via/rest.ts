/** One payload to an ingress over HTTP, and what came back. */
import type { Issue } from '../../validation/issue.ts';
import { send } from '../client.ts';
import { defaultUrl, isWebUrl } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { printable } from '../output.ts';
import type { Payload, Reply, Target, Transmitter } from '../transmit.ts';

/** An answer of the ingress, with null for what it did not say. */
export interface RestAnswer {
  /** HTTP status; 0 where there was no reply. */
  readonly status: number;
  /** `received`, `valid`, `invalid`. */
  readonly state: string | null;
  readonly data_id: string | null;
  readonly format: string | null;
  /** The stable code of a refusal. */
  readonly code: string | null;
  /** What a refusal says. */
  readonly detail: string | null;
  /** What validation found, where the verdict was waited for. */
  readonly issues: readonly Issue[];
  /** From sending to the whole reply, in milliseconds. */
  readonly ms: number;
}

const VERDICT_WAIT_S = 30;

/** There is no connection of our own: fetch keeps them. */
export function openRest({ to, token, wait }: Target): Transmitter {
  const url = to ?? `${defaultUrl().replace(/\/+$/, '')}/ingress`;
  if (!isWebUrl(url)) throw usageError('--to must be a URL, such as http://127.0.0.1:8080/ingress.');
  const bearer = token ?? process.env['HEALTHOS_TOKEN'];
  const options = { ...(wait ? { wait } : {}), ...(bearer === undefined ? {} : { token: bearer }) };
  return {
    transmit: async (payload) => asReply(await postPayload(url, payload, options)),
    close: () => Promise.resolve(),
  };
}

function asReply(answer: RestAnswer): Reply {
  const { status, state, data_id, format, detail, issues, ms } = answer;
  const ok = status >= 200 && status < 300;
  const outcome = status === 0 ? 'no reply' : String(status);
  return { ok, outcome, facts: [state, data_id, format], detail, issues, ms, document: answer };
}

/** Never rejects for what the gateway answers, nor where there is no answer. */
export async function postPayload(
  url: string,
  payload: Payload,
  options: { readonly wait?: true; readonly token?: string },
): Promise<RestAnswer> {
  const begun = performance.now();
  const headers = {
    Accept: 'application/json',
    'Content-Type': payload.contentType,
    ...(options.wait ? { Prefer: `wait=${VERDICT_WAIT_S}` } : {}),
  };
  try {
    const response = await send(url, options.token, { method: 'POST', headers, body: payload.bytes });
    const document = await readDocument(response);
    const reply = readReply(response.status, isOutcome(document) ? asDocument(response, document) : document);
    return { ...reply, ms: performance.now() - begun };
  } catch (thrown) {
    if (!(thrown instanceof CliError)) throw thrown;
    return { ...readReply(0, { detail: thrown.message }), ms: performance.now() - begun };
  }
}

/** What is no JSON object says nothing beyond its status. */
async function readDocument(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const document: unknown = await response.json();
    return typeof document === 'object' && document !== null ? { ...document } : {};
  } catch {
    return {};
  }
}

function isOutcome({ resourceType }: Readonly<Record<string, unknown>>): boolean {
  return resourceType === 'OperationOutcome';
}

/** A FhirEndpoint answers in FHIR: its status says what became of the message, its Location which it is. */
function asDocument(
  { status, headers }: Response,
  { issue }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const states = new Map([
    [200, 'valid'],
    [202, 'received'],
    [422, 'invalid'],
  ]);
  const first: unknown = Array.isArray(issue) ? issue[0] : undefined;
  const { details } = { details: undefined, ...(typeof first === 'object' ? first : {}) } as {
    details: unknown;
  };
  const text = typeof details === 'object' && details !== null && 'text' in details ? details.text : null;
  const id = /^\/admin\/messages\/(.+)$/.exec(headers.get('location') ?? '')?.[1];
  return { status: states.get(status), data_id: id, detail: status >= 400 ? text : null };
}

function readReply(status: number, document: Readonly<Record<string, unknown>>): Omit<RestAnswer, 'ms'> {
  const text = (key: string) => {
    const value = document[key];
    return typeof value === 'string' ? printable(value) : null;
  };
  const { issues } = document;
  const code = text('code');
  return {
    status,
    // The `status` of a problem is a number; what is invalid has its code.
    state: code === 'message/invalid' ? 'invalid' : text('status'),
    data_id: text('data_id'),
    format: text('format'),
    code,
    detail: text('detail'),
    // The shape is the contract's; what is shown of it goes through `printable`.
    issues: Array.isArray(issues) ? (issues as Issue[]) : [],
  };
}
