/** Bulk files (NDJSON): each line that is not blank is delivered as a message of its own. */
import type { ObjectStore } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import { bodyOf } from '../messages/claim-check.ts';
import { type Arrival, type Body, type Deliver, isClaimCheck, type Receipt } from '../messages/envelope.ts';

/** So many lines are on their way to the bus at once. */
const WINDOW = 256;
const LF = 0x0a;

/**
 * Resolves when all lines are stored, in their order. Where one is refused, those before it are stored all the same: sent
 * again with the same Idempotency-Key, the file's lines are stored once.
 */
export async function deliverLines(
  arrival: Arrival,
  contentType: string,
  deliver: Deliver,
  objects: ObjectStore,
): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  let waiting: Promise<Receipt>[] = [];
  let line = 0;
  for await (const bytes of linesOf(arrival.body, objects)) {
    line += 1;
    const sourceKey = arrival.sourceKey === undefined ? undefined : `${arrival.sourceKey}/${line}`;
    const body = await bodyOf(bytes, objects);
    waiting.push(deliver({ ...arrival, body, contentType, sourceKey }));
    if (waiting.length < WINDOW) continue;
    receipts.push(...(await Promise.all(waiting)));
    waiting = [];
  }
  receipts.push(...(await Promise.all(waiting)));
  if (receipts.length > 0) return receipts;
  throw new HealthosError('request/empty-body', 'The file has no line with a resource.');
}

async function* linesOf(body: Body, objects: ObjectStore): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of isClaimCheck(body) ? await objects.get(body.ref) : [body]) {
    const bytes = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      if (!isBlank(bytes.subarray(start, end))) yield bytes.slice(start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (!isBlank(rest)) yield rest;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
