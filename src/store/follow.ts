/** How the journal follows the bus: fetch, apply in one transaction, acknowledge, tell. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Burst } from '../burst.ts';
import type { Consumer, Delivery, MessageBus } from '../bus/message-bus.ts';
import { subjects, VALIDATED_ANY } from '../bus/subjects.ts';
import { isPassing } from './journal-file.ts';
import type { Batch, Projection } from './projection.ts';

export const JOURNAL = 'journal';

export interface FollowOptions {
  readonly projection: Projection;
  readonly burst: Burst;
  /** Told of each batch after it was committed. */
  readonly onBatch: (batch: Batch) => void;
  /** Whether somebody wants to hear of each batch at once. */
  readonly isListening: () => boolean;
  /** Told when the file could not be written for now (a full disk), and is tried again. */
  readonly onDelay: (thrown: unknown) => void;
}

const filter = [subjects.ingress, subjects.errors, VALIDATED_ANY, subjects.delivered, subjects.deadletter];
/** Large enough that a transaction costs a message little, small enough that a question waits some milliseconds. */
const BATCH = 512;
/** After a batch the next messages are gathered for so long. */
const GATHER_MS = 10;
const RETRY_MS = 500;

/**
 * Takes up the bus where the file stands, whatever the bus remembers: the file is the truth, so that one that was
 * replaced is filled again, and one that lost its last moments gets them again.
 */
export function joinStream(bus: MessageBus, projection: Projection): Promise<Consumer> {
  return bus.consume(JOURNAL, {
    filter,
    perGateway: true,
    headersOnly: true,
    ackPolicy: 'all',
    startAfter: projection.position,
    reset: true,
    maxAckPending: 8 * BATCH,
  });
}

/** Resolves when the signal aborts and everything that was acknowledged is durable. */
export async function follow(consumer: Consumer, options: FollowOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await options.burst.over(signal);
    const deliveries = await consumer.fetch(BATCH, signal);
    const batch = await apply(deliveries, options, signal);
    if (batch === undefined) break;
    deliveries.at(-1)?.ack();
    options.onBatch(batch);
    await pause(deliveries.length, options, signal);
  }
  await consumer.flush();
  await consumer.close();
}

/**
 * Questions have their turn between batches, also while the bus has more at once. A transaction costs as much as the
 * writing of a dozen messages, and behind each message its verdict comes: there are fewer and larger batches, unless
 * somebody listens, or waits for a verdict.
 */
async function pause(
  deliveries: number,
  { isListening, burst }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  if (deliveries === BATCH || isListening() || burst.isAwaited) await setImmediate();
  else await setTimeout(GATHER_MS, undefined, { signal }).catch(() => undefined);
}

/** Waits while the disk has no room: the bus keeps everything. Undefined where the signal aborted first. */
async function apply(
  deliveries: readonly Delivery[],
  { projection, onDelay }: FollowOptions,
  signal: AbortSignal,
): Promise<Batch | undefined> {
  while (!signal.aborted) {
    try {
      return projection.apply(deliveries);
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      onDelay(thrown);
    }
    await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
