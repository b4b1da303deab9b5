/** How much on the bus is not yet dealt with. */
import type { BusStatus, ConsumerStatus } from '../bus/message-bus.ts';
import { subjects } from '../bus/subjects.ts';

/** Messages as received that wait for their verdict, and since when the oldest of them waits (epoch milliseconds). */
export function unprocessed(status: BusStatus): { readonly depth: number; readonly oldest: number | null } {
  const waiting = consumersOf(status, subjects.ingress);
  const oldest = waiting.flatMap((consumer) => consumer.oldest ?? []);
  return { depth: depthOf(waiting), oldest: oldest.length === 0 ? null : Math.min(...oldest) };
}

/** By the subject, or subject with wildcards, that a consumer works on: what its slowest consumer still has before it. */
export function depths(status: BusStatus): ReadonlyMap<string, number> {
  const filters = new Set<string>([subjects.ingress]);
  for (const { filter } of status.consumers) if (filter.length === 1 && filter[0]) filters.add(filter[0]);
  return new Map([...filters].map((filter) => [filter, depthOf(consumersOf(status, filter))]));
}

/** Those that work on this subject alone: the backlog of one that reads several, as the journal does, is of them all. */
function consumersOf(status: BusStatus, filter: string): readonly ConsumerStatus[] {
  return status.consumers.filter((each) => each.filter.length === 1 && each.filter[0] === filter);
}

function depthOf(consumers: readonly ConsumerStatus[]): number {
  return Math.max(0, ...consumers.map((consumer) => consumer.pending));
}
