/**
 * Verdicts on a stream to which others publish too. A message may claim the id of another one, or use the duplicate key
 * that a verdict is going to have: neither may keep a message from having its own verdict.
 */
import { randomUUID } from 'node:crypto';
import { header, type Headers } from '../../messages/envelope.ts';
import { dataIdOf, derivedIdOf } from '../../messages/identity.ts';
import type { Stored, StoredMessage } from '../message-bus.ts';
import { subjects } from '../subjects.ts';

/** A message as it was received, with what is to be published of it. */
type Judged = Pick<StoredMessage, 'seq' | 'subject' | 'headers' | 'storedAt'>;

export interface VerdictPort {
  readonly publish: (headers: Headers, duplicateKey: string) => Promise<Stored>;
  /** The headers that lie at a position. */
  readonly headersAt: (seq: number) => Promise<Headers | undefined>;
}

/** Is this a verdict on a message of the ingress? */
export function isVerdict(message: Pick<Judged, 'subject'>, headers: Headers): boolean {
  return message.subject === subjects.ingress && headers[header.verdict] !== undefined;
}

/** The verdict's headers, with the position of the message that it is about. */
function onMessage(message: Judged, headers: Headers): Headers {
  return { ...headers, [header.verdictOn]: String(message.seq) };
}

/** Publishes the verdict; under another key, and under the id of its own, where what has the key is not it. */
export async function publishVerdict(
  message: Judged,
  headers: Headers,
  duplicateKey: string,
  port: VerdictPort,
): Promise<void> {
  const marked = onMessage(message, headers);
  const first = await port.publish(marked, duplicateKey);
  const other = await otherAt(first, message, port);
  if (other === undefined) return;
  const id = other[header.verdictOn] === undefined ? dataIdOf(message) : derivedIdOf(message);
  const own = { ...marked, [header.dataId]: id };
  const second = await port.publish(own, `${id}/${message.seq}/verdict`);
  // Whoever foresaw this key as well is answered with one that nobody can.
  if ((await otherAt(second, message, port)) !== undefined) await port.publish(own, `${id}/${randomUUID()}`);
}

/** The headers of what was there before, unless that is the same verdict, published before a redelivery. */
async function otherAt(
  stored: Stored,
  { seq }: Judged,
  { headersAt }: VerdictPort,
): Promise<Headers | undefined> {
  if (!stored.duplicate) return undefined;
  const there = await headersAt(stored.seq);
  // What is purged within the duplicate window was done with by all, and cannot be looked at: it passes for ours.
  return there === undefined || there[header.verdictOn] === String(seq) ? undefined : there;
}
