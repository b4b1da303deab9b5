/** The one door in: gives a message its id, tells its format, and has the bus store it. */
import { Burst } from '../burst.ts';
import type { MessageBus, Stored } from '../bus/message-bus.ts';
import { subjects } from '../bus/subjects.ts';
import { HealthosError } from '../errors.ts';
import { detect, type Detected } from '../messages/detect.ts';
import {
  type Arrival,
  type Body,
  header,
  type Headers,
  isClaimCheck,
  type Receipt,
} from '../messages/envelope.ts';
import { dataIdOf, newDataId } from '../messages/identity.ts';

/** Takes a connector's message in. Resolves once it is durably stored; rejects with a HealthosError. */
export type Ingest = (connector: string, arrival: Arrival) => Promise<Receipt>;

const noBytes = new Uint8Array(0);

/** `burst` is told of each, so that what reads them knows when to let others go first. */
export function createIngest(bus: MessageBus, burst = new Burst()): Ingest {
  return async (connector, arrival) => {
    burst.took();
    const dataId = newDataId();
    const { body } = arrival;
    const claimed = isClaimCheck(body);
    const detected = detect(claimed ? body.head : body, arrival.contentType);
    const stored = await bus.publish({
      subject: subjects.ingress,
      headers: headersOf(dataId, connector, arrival, detected),
      body: claimed ? noBytes : body,
      duplicateKey: arrival.sourceKey === undefined ? undefined : `${connector}/${arrival.sourceKey}`,
    });
    return stored.duplicate
      ? firstReceipt(bus, stored, body, detected)
      : { dataId, format: detected.format, contentType: detected.contentType, duplicate: false };
  };
}

function headersOf(dataId: string, connector: string, arrival: Arrival, detected: Detected): Headers {
  const headers: Record<string, string> = {
    ...arrival.source,
    [header.dataId]: dataId,
    [header.connector]: connector,
    [header.receivedAt]: rfc3339(Date.now()),
  };
  const contentType = detected.contentType ?? arrival.contentType;
  if (detected.format !== null) headers[header.format] = detected.format;
  if (contentType !== undefined) headers[header.contentType] = contentType;
  if (arrival.principal !== undefined) headers[header.principal] = arrival.principal;
  if (arrival.parentId !== undefined) headers[header.parentId] = arrival.parentId;
  if (arrival.traceparent !== undefined) headers[header.traceparent] = arrival.traceparent;
  headers[header.bodySize] = String(isClaimCheck(arrival.body) ? arrival.body.size : arrival.body.byteLength);
  if (isClaimCheck(arrival.body)) {
    headers[header.bodyRef] = arrival.body.ref;
    headers[header.bodySha256] = arrival.body.sha256;
  }
  return headers;
}

let last = { ms: 0, text: '' };

/** A burst brings many messages in one millisecond, and writing a date costs as much as all the other headers. */
function rfc3339(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}

/** The answer to a message that came before: the first one's id, provided that it is the same message. */
async function firstReceipt(
  bus: MessageBus,
  stored: Stored,
  body: Body,
  { format, contentType }: Detected,
): Promise<Receipt> {
  const first = await bus.get(stored.seq);
  if (first === undefined) {
    throw new HealthosError(
      'message/body-gone',
      'This message came before, and the first one is no longer kept.',
    );
  }
  if (!sameBody(first, body)) {
    throw new HealthosError(
      'request/key-reused',
      'The key was used with another body. Send the same body again, or use a new key.',
    );
  }
  return { dataId: dataIdOf(first), format, contentType, duplicate: true };
}

function sameBody(first: { readonly headers: Headers; readonly body: Uint8Array }, body: Body): boolean {
  if (isClaimCheck(body)) return first.headers[header.bodySha256] === body.sha256;
  return Buffer.compare(first.body, body) === 0;
}
