/** The handler of a StowEndpoint: part by part, each stored before its result is told (PS3.18, 10.5). */
import type { Context } from 'koa';
import { isUid } from '../../dicom/uids.ts';
import { asHealthosError, HealthosError } from '../../errors.ts';
import { answer } from '../../http/answer.ts';
import { ArrivingBodies } from '../../http/arriving-bodies.ts';
import { streamBody } from '../../http/body.ts';
import { acceptedCodings } from '../../http/content-coding.ts';
import { createAdmission, notConsuming, type Admission, type Caller } from '../../http/ingress-handler.ts';
import { traceparentOf } from '../../http/ingress-headers.ts';
import type { IngressHandler } from '../../http/ingress-host.ts';
import { mediaTypeOf, partsOf } from '../../http/multipart.ts';
import type { Deliver } from '../../messages/envelope.ts';
import type { ConnectorContext } from '../connector.ts';
import { storeInstance, type InstanceOptions, type InstanceResult } from './instance.ts';
import { storeResponse } from './store-response.ts';

export interface StoreHandlerOptions {
  readonly connector: ConnectorContext;
  readonly deliver: Deliver;
  readonly stopping: AbortSignal;
  /** The path of the resource. */
  readonly studies: string;
  readonly maxBytes: number;
}

/** More objects than these are not taken in one request: its answer names each. */
const MAX_INSTANCES = 10_000;

export function createStoreHandler(options: StoreHandlerOptions): IngressHandler {
  const { connector, stopping } = options;
  const arriving = new ArrivingBodies(stopping, () => notConsuming(connector.id));
  const admit = createAdmission(connector);
  return async (context) => {
    const request = readHead(context, options, admit);
    const results: InstanceResult[] = [];
    const { req, res } = context;
    await streamBody(req, res, { arriving }, (chunks) => storeAll(chunks, request, results)).catch(
      (thrown: unknown) => broken(thrown, context, options),
    );
    answerResults(context, results);
  };
}

interface StoreRequest {
  readonly boundary: string;
  readonly options: InstanceOptions;
}

/** Whatever can be refused is refused before the body is read, and counted: `deliver` never hears of it. */
function readHead(context: Context, options: StoreHandlerOptions, admit: Admission): StoreRequest {
  try {
    const study = studyIn(context.path, options.studies);
    const caller = admit(context);
    const boundary = boundaryOf(context.req.headers['content-type']);
    return { boundary, options: instanceOptions(context, options, caller, study) };
  } catch (thrown) {
    options.connector.countRefused(asHealthosError(thrown).code);
    throw thrown;
  }
}

function instanceOptions(
  { req }: Context,
  { connector, deliver, maxBytes }: StoreHandlerOptions,
  { principal }: Caller,
  study: string | undefined,
): InstanceOptions {
  const traceparent = traceparentOf(req.headers['traceparent']);
  return { connector, deliver, maxBytes, study, principal, traceparent };
}

/** `/studies` is for any study, `/studies/{study}` for one; there is nothing else below. */
function studyIn(path: string, studies: string): string | undefined {
  if (path === studies) return undefined;
  const study = path.slice(studies.length + 1);
  if (isUid(study)) return study;
  throw new HealthosError(
    'request/not-found',
    'Objects are stored at studies, or at studies/{study instance UID}.',
  );
}

/** RFC 2387: the type of the parts is a parameter; RFC 2046, 5.1.1: a boundary has 1 to 70 characters. */
function boundaryOf(contentType: string | undefined): string {
  const { type, parameters } = mediaTypeOf(contentType ?? '');
  const inner = mediaTypeOf(parameters.get('type') ?? 'application/dicom').type;
  if (type !== 'multipart/related' || inner !== 'application/dicom') {
    throw new HealthosError(
      'request/media-type',
      'Send the objects as multipart/related; type="application/dicom"; boundary=….',
    );
  }
  const boundary = parameters.get('boundary') ?? '';
  if (/^[\x20-\x7e]{1,70}$/.test(boundary)) return boundary;
  throw new HealthosError('request/malformed', 'The Content-Type names no boundary of 1 to 70 characters.');
}

async function storeAll(
  chunks: AsyncIterable<Buffer>,
  { boundary, options }: StoreRequest,
  results: InstanceResult[],
): Promise<void> {
  for await (const part of partsOf(chunks, boundary)) {
    if (results.length === MAX_INSTANCES) {
      throw new HealthosError('request/too-large', `A request may hold at most ${MAX_INSTANCES} objects.`);
    }
    results.push(await storeInstance(part, options));
  }
  if (results.length === 0) throw new HealthosError('request/empty-body', 'The request holds no object.');
}

/** A request that breaks off is refused as a whole: what of it is stored already is stored once when it comes again. */
function broken(thrown: unknown, context: Context, { connector }: StoreHandlerOptions): never {
  const { code } = asHealthosError(thrown);
  connector.countRefused(code);
  if (code === 'request/content-coding') context.set('Accept-Encoding', acceptedCodings);
  throw thrown;
}

/** PS3.18, table 10.5.3-1: all of them, some, or none. Of those that failed alike for our want of room, a problem tells. */
function answerResults(context: Context, results: readonly InstanceResult[]): void {
  const kinds = results.map(({ failure }) => failure?.kind);
  if (kinds.every((kind) => kind === 'retry')) {
    throw new HealthosError('bus/unavailable', 'None of the objects can be stored now.', { retryAfter: 5 });
  }
  if (kinds.every((kind) => kind === 'too-large')) {
    throw new HealthosError('request/too-large', 'Each of the objects is larger than the limit.');
  }
  const stored = kinds.filter((kind) => kind === undefined).length;
  const status = stored === results.length ? 200 : stored > 0 ? 202 : 409;
  const { contentType, body } = storeResponse(results, context.req.headers.accept);
  answer(context, status, contentType, body, ['Vary', 'Accept']);
}
