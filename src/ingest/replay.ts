/** Takes a message in again: as it was, or edited. The new one has its own id and journey, and names its parent. */
import type { MessageBus, StoredMessage } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import { type Body, CLAIM_CHECK_HEAD_BYTES, header, type Receipt } from '../messages/envelope.ts';
import type { Journal } from '../store/journal.ts';
import type { Ingest } from './ingest.ts';

/** `body` undefined: the parent's own. Rejects with `message/not-found`, `message/body-gone`, or as the bus does. */
export type Replay = (parentId: string, body: Body | undefined) => Promise<Receipt>;

export function createReplay(bus: MessageBus, journal: Pick<Journal, 'locate'>, ingest: Ingest): Replay {
  return async (parentId, body) => {
    const place = await journal.locate(parentId);
    if (place === undefined) throw new HealthosError('message/not-found', 'There is no message of this id.');
    const parent = await bus.get(place.seq);
    if (parent === undefined) throw gone();
    return ingest(parent.headers[header.connector] ?? 'replay', {
      body: body ?? (await bodyOf(bus, parent)),
      contentType: parent.headers[header.contentType],
      principal: parent.headers[header.principal],
      parentId,
    });
  };
}

function gone(): HealthosError {
  return new HealthosError('message/body-gone', 'The body of this message is no longer kept.');
}

/** A large body is not copied: both messages refer to the same object. */
async function bodyOf(bus: MessageBus, { headers, body }: StoredMessage): Promise<Body> {
  const { [header.bodyRef]: ref, [header.bodySha256]: sha256 = '' } = headers;
  if (ref === undefined) return body;
  for await (const chunk of await bus.objects.get(ref)) {
    const head = chunk.slice(0, CLAIM_CHECK_HEAD_BYTES);
    return { ref, size: Number(headers[header.bodySize]), sha256, head };
  }
  throw gone();
}
