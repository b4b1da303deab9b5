/**
 * The door of HTTP: takes a message out of a request, hands it to `deliver`, and answers 202 once it is stored.
 *
 * Whatever can be refused is refused before the body is read. This is the busiest code of the gateway: no timers, no
 * abort signals and no middleware stand between the socket and the bus.
 */
import type { Context } from 'koa';
import type { ConnectorContext } from '../connectors/connector.ts';
import { asHealthosError, HealthosError } from '../errors.ts';
import { bodyOf } from '../messages/claim-check.ts';
import { type Arrival, type Body, type Deliver, header, type Receipt } from '../messages/envelope.ts';
import { ArrivingBodies } from './arriving-bodies.ts';
import { demand } from './auth.ts';
import { readBody } from './body.ts';
import { deliverLines } from './bulk.ts';
import { acceptedCodings } from './content-coding.ts';
import { answerVerdict, type IngressReply, replyInJson } from './ingress-answer.ts';
import { claimedTypeOf, preferredWait, sourceKeyOf, traceparentOf } from './ingress-headers.ts';
import type { IngressHandler } from './ingress-host.ts';
import { maybeSeedForm, seedMessage } from './seed-form.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface IngressOptions {
  readonly connector: ConnectorContext;
  readonly deliver: Deliver;
  /** The largest body that is taken, in bytes. */
  readonly maxBytes: number;
  /** Aborted when the connector takes nothing more in: who waits for a verdict is answered without it. */
  readonly stopping: AbortSignal;
  /** What senders are told; in JSON, or in the dialect that they accept, where it is left out. */
  readonly reply?: IngressReply;
  /** Throws where a message is none for this address; without it the seed's form is opened too. */
  readonly inspect?: (context: Context, body: Body) => void;
  /** Where the lines of some bodies are messages of their own. */
  readonly bulk?: BulkOptions;
}

export interface BulkOptions {
  /** The content type of each line; undefined where the body of this request is one message. */
  lineTypeOf(context: Context): string | undefined;
  /** Answers once all lines are stored. */
  answer(context: Context, receipts: readonly Receipt[]): void;
}

/** The handler of a connector's route. What it refuses, it throws as a HealthosError. */
export function createIngressHandler(options: IngressOptions): IngressHandler {
  const { connector, deliver, stopping, bulk, reply = replyInJson } = options;
  const arriving = new ArrivingBodies(stopping, () => notConsuming(connector.id));
  const door: Door = { ...options, arriving, admit: createAdmission(connector) };
  return async (context) => {
    const arrival = await arrivalOf(context, door);
    const lineType = bulk?.lineTypeOf(context);
    if (bulk !== undefined && lineType !== undefined) {
      bulk.answer(context, await deliverLines(arrival, lineType, deliver, connector.objects));
      return;
    }
    const receipt = await deliver(arrival);
    const seconds = preferredWait(context.req.headers['prefer']);
    if (seconds === 0) reply.received(context, receipt);
    else await answerVerdict(context, { arrival, receipt, seconds, connector, stopping, reply });
  };
}

interface Door extends IngressOptions {
  readonly admit: Admission;
  /** Refused when the connector stops: a sender that is slow must not hold up its end. */
  readonly arriving: ArrivingBodies;
}

/** The message of a request. A refusal is counted: `deliver` never hears of it. */
async function arrivalOf(context: Context, door: Door): Promise<Arrival> {
  try {
    return await readArrival(context, door, door.admit(context));
  } catch (thrown) {
    const { code } = asHealthosError(thrown);
    door.connector.countRefused(code);
    if (code === 'request/content-coding') context.set('Accept-Encoding', acceptedCodings);
    throw thrown;
  }
}

async function readArrival(context: Context, door: Door, caller: Caller): Promise<Arrival> {
  const { req, res } = context;
  const { headers } = req;
  const sourceKey = sourceKeyOf(headers['idempotency-key'], caller.name);
  const { mediaType, json: isJson, fhirVersion } = claimedTypeOf(headers);
  const { maxBytes, arriving, inspect } = door;
  const json = isJson && inspect === undefined;
  const { objects } = door.connector;
  const wantedWhole = json ? maybeSeedForm : never;
  const body = await readBody(req, res, { maxBytes, objects, arriving, wantedWhole });
  inspect?.(context, body);
  return {
    body: json ? await unwrapped(body, door) : body,
    contentType: mediaType,
    sourceKey,
    principal: caller.principal,
    traceparent: traceparentOf(headers['traceparent']),
    source: fhirVersion === undefined ? undefined : { [header.fhirVersion]: fhirVersion },
  };
}

/** The message in the seed's form, or the body as it is. */
async function unwrapped(body: Body, { connector }: IngressOptions): Promise<Body> {
  if (!(body instanceof Uint8Array)) return body;
  const message = seedMessage(body);
  if (message?.byteLength === 0) throw new HealthosError('request/empty-body', 'The member data is empty.');
  return bodyOf(message ?? body, connector.objects);
}

function never(): boolean {
  return false;
}

export interface Caller {
  /** Whose Idempotency-Keys they are. */
  readonly name: string;
  /** The token's name, which may read the journey later; undefined where no tokens are in use. */
  readonly principal: string | undefined;
}

/** Lets a request in, or throws `request/unauthenticated`, `request/forbidden`, `connector/not-consuming`, `request/rate-limited`. */
export type Admission = (context: Context) => Caller;

export function createAdmission(connector: ConnectorContext): Admission {
  const { rateLimit } = connector;
  const bucket = rateLimit && createTokenBucket(rateLimit.per_second, rateLimit.burst);
  return (context) => {
    const { name, token } = demand(context.state.principal, 'ingress');
    if (!connector.accepting()) throw notConsuming(connector.id);
    const wait = bucket === undefined ? 0 : bucket.take();
    if (wait > 0) throw tooFast(wait);
    return { name, principal: token ? name : undefined };
  };
}

/** The refusal while a connector is paused, drains, or does not run. */
export function notConsuming(id: string): HealthosError {
  return new HealthosError(
    'connector/not-consuming',
    `The connector ${id} takes no messages at the moment.`,
    {
      retryAfter: 5,
    },
  );
}

function tooFast(retryAfter: number): HealthosError {
  return new HealthosError('request/rate-limited', 'This connector takes no more messages a second.', {
    retryAfter,
  });
}
