/** One object of a store request: its part becomes a message, and what came of it a line of the response. */
import { createHash } from 'node:crypto';
import { identityOf, studyOf, type FileIdentity } from '../../dicom/skim.ts';
import { asHealthosError, HealthosError } from '../../errors.ts';
import type { Part } from '../../http/multipart.ts';
import { bodyFrom } from '../../messages/claim-check.ts';
import { isClaimCheck, type Arrival, type Body, type Deliver } from '../../messages/envelope.ts';
import type { ConnectorContext } from '../connector.ts';

export interface InstanceResult {
  readonly sopClassUid: string | undefined;
  readonly sopInstanceUid: string | undefined;
  /** Undefined where it is stored. */
  readonly failure: Failure | undefined;
}

export interface Failure {
  /** (0008,1197), as PS3.18, I.2.2 has it. */
  readonly reason: number;
  /** What it means for the status of the whole: try again, send less, or mend it. */
  readonly kind: 'retry' | 'too-large' | 'fix';
}

/** PS3.4, B.2.3, and PS3.7, annex C. */
const reasons = {
  processing: 0x0110,
  outOfResources: 0xa700,
  mismatch: 0xa900,
  cannotUnderstand: 0xc000,
} as const;

export interface InstanceOptions {
  readonly connector: ConnectorContext;
  readonly deliver: Deliver;
  readonly maxBytes: number;
  /** The study that every object has to be of; undefined where the request names none. */
  readonly study: string | undefined;
  readonly principal: string | undefined;
  readonly traceparent: string | undefined;
}

/** So much of an object is looked at for its identity. */
const HEAD_BYTES = 256 * 1024;

/** Resolves once the object is stored, or is not. Rejects where the request itself cannot be read on. */
export async function storeInstance(part: Part, options: InstanceOptions): Promise<InstanceResult> {
  const seen = new Head();
  const body = await received(part, seen, options);
  const failure = body instanceof HealthosError ? body : await delivered(body, seen, options);
  return resultOf(seen, failure && failureOf(failure));
}

/** The object, or why it is not taken: that is counted here, since `deliver` never hears of it. */
async function received(part: Part, seen: Head, options: InstanceOptions): Promise<Body | HealthosError> {
  const { connector, maxBytes, study } = options;
  try {
    refuseOther(part.headers.get('content-type'));
    const body = await bodyFrom(seen.watch(part.body, maxBytes), connector.objects);
    refuseForeign(seen.bytes, study);
    return body;
  } catch (thrown) {
    const error = reported(thrown, connector);
    if (endsRequest(error)) throw error;
    connector.countRefused(error.code);
    return error;
  }
}

/** Why it was not stored; undefined where it is. */
async function delivered(
  body: Body,
  seen: Head,
  options: InstanceOptions,
): Promise<HealthosError | undefined> {
  try {
    await options.deliver(arrivalOf(body, identityOf(seen.bytes), options));
    return undefined;
  } catch (thrown) {
    return reported(thrown, options.connector);
  }
}

function reported(thrown: unknown, { id, log }: ConnectorContext): HealthosError {
  const error = asHealthosError(thrown);
  if (error.kind === 'bug') log.error({ connector: id, err: error }, 'stow.store-failed');
  return error;
}

/** The request is broken, or we stop: nothing more can be read of it. */
function endsRequest({ code }: HealthosError): boolean {
  return code === 'request/malformed' || code === 'bus/closed' || code === 'connector/not-consuming';
}

function refuseOther(contentType: string | undefined): void {
  if (contentType === undefined || /^application\/dicom\s*(?:;|$)/i.test(contentType)) return;
  throw new HealthosError('request/media-type', 'A part is no application/dicom.');
}

function refuseForeign(head: Buffer, study: string | undefined): void {
  const identity = identityOf(head);
  if (identity === undefined) throw new HealthosError('request/media-type', 'A part is no DICOM file.');
  if (identity.sopClassUid === undefined || identity.sopInstanceUid === undefined) {
    throw new HealthosError('request/media-type', 'A part does not say which object it is.');
  }
  if (study === undefined || studyOf(head, identity) === study) return;
  throw new HealthosError('message/invalid', 'An object is not of the study that the address names.');
}

/** The beginning of an object, as it passes by. */
class Head {
  #chunks: Buffer[] = [];
  #size = 0;

  get bytes(): Buffer {
    const [first, ...others] = this.#chunks;
    const whole = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  async *watch(body: AsyncGenerator<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
    let size = 0;
    // Not by `for await`: who leaves early leaves the rest of the part to be passed over.
    for (let next = await body.next(); next.done !== true; next = await body.next()) {
      size += next.value.length;
      this.#see(next.value);
      if (size > maxBytes)
        throw new HealthosError('request/too-large', `An object may have at most ${maxBytes} bytes.`);
      yield next.value;
    }
  }

  #see(chunk: Buffer): void {
    if (this.#size >= HEAD_BYTES) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }
}

/** The same file under the same SOP instance UID is the same message. */
function arrivalOf(body: Body, identity: FileIdentity | undefined, options: InstanceOptions): Arrival {
  const sha256 = isClaimCheck(body) ? body.sha256 : createHash('sha256').update(body).digest('hex');
  const { principal, traceparent } = options;
  const sourceKey = `${identity?.sopInstanceUid ?? ''}/${sha256}`;
  return { body, contentType: 'application/dicom', sourceKey, principal, traceparent };
}

function resultOf(seen: Head, failure: Failure | undefined): InstanceResult {
  const { sopClassUid, sopInstanceUid } = identityOf(seen.bytes) ?? {};
  return { sopClassUid, sopInstanceUid, failure };
}

function failureOf({ code, kind }: HealthosError): Failure {
  if (kind === 'retry') return { reason: reasons.outOfResources, kind: 'retry' };
  if (code === 'request/too-large') return { reason: reasons.outOfResources, kind: 'too-large' };
  if (code === 'message/invalid') return { reason: reasons.mismatch, kind: 'fix' };
  if (code === 'request/media-type') return { reason: reasons.cannotUnderstand, kind: 'fix' };
  return { reason: reasons.processing, kind: 'fix' };
}
