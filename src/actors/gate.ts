/**
 * The gate between a connector and the one door in: open only while the connector's actor accepts (`running.consuming`).
 * While the actor is `running.stalled` it stands ajar: a message that comes is the progress that was missed, and opens it.
 *
 * It is on the way of every message, so no event goes to the actor: its snapshot opens and shuts the gate, and the gate
 * counts.
 */
import { asHealthosError, HealthosError } from '../errors.ts';
import { bodySize } from '../messages/envelope.ts';
import { createPace } from './pace.ts';
import type { ErrorCode } from '../errors.ts';
import type { Arrival, Deliver, Receipt } from '../messages/envelope.ts';
import type { RateLimit } from '../config/definition.ts';
import type { Metrics } from '../metrics.ts';
import type { Clock } from './clock.ts';
import type { Pace } from './pace.ts';
import type { Counts } from './status.ts';

/** The one door in: resolves when the message is stored. */
export type Ingest = (connectorId: string, arrival: Arrival) => Promise<Receipt>;

export type Passage = 'open' | 'ajar' | 'shut';

export interface GateOptions {
  readonly id: string;
  readonly ingest: Ingest;
  readonly metrics: Pick<Metrics, 'ackSeconds' | 'refused'>;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A message came while the gate was ajar: tells the actor, whose next snapshot opens the gate before this returns. */
  readonly onProgress: () => void;
}

export interface Gate {
  /**
   * Refuses with `connector/not-consuming` where the gate is shut. What has passed is in flight, also while it waits for its
   * turn; when the gate shuts, that wait is over.
   */
  readonly deliver: Deliver;
  /** From now on what is delivered waits for its turn by this limit, or passes as it comes. */
  pace(limit: RateLimit | undefined): void;
  /** Ends the wait of all that wait for their turn. */
  hurry(): void;
  /** Would a message pass? */
  accepting(): boolean;
  /** Calls back with each change of `accepting`; the answer ends it. */
  onAccepting(listener: (accepting: boolean) => void): () => void;
  /** The actor's word at each of its transitions; the state is told to those who are refused. */
  set(passage: Passage, state: string): void;
  /** Counts a message that was turned away before `deliver` saw it. */
  countRefused(code?: ErrorCode): void;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
  /** How many messages wait for the bus. */
  inFlight(): number;
  counts(): Counts;
  /** Milliseconds since the epoch, of the last message that was stored; null before the first. */
  lastMessageAt(): number | null;
}

/** Seconds after which a sender may try again at a connector that does not consume. */
const RETRY_AFTER_S = 5;

export function createGate(options: GateOptions): Gate {
  const { id, ingest, metrics, clock, now } = options;
  const counts = { stored: 0, duplicate: 0, refused: 0, failed: 0, bytes: 0 };
  const idle = new Set<() => void>();
  const listeners = new Set<(accepting: boolean) => void>();
  let passage: Passage = 'shut';
  let state = 'idle';
  let inFlight = 0;
  let last: number | null = null;
  let limit: RateLimit | undefined;
  let pace: Pace | undefined;

  async function deliver(arrival: Arrival): Promise<Receipt> {
    inFlight += 1;
    try {
      if (passage === 'ajar') options.onProgress();
      if (passage !== 'open') throw notConsuming(id, state);
      if (pace) await pace.turn();
      const began = performance.now();
      const receipt = await ingest(id, arrival);
      metrics.ackSeconds.observe((performance.now() - began) / 1000);
      countStored(receipt, bodySize(arrival.body));
      return receipt;
    } catch (thrown) {
      countError(asHealthosError(thrown));
      throw thrown;
    } finally {
      inFlight -= 1;
      if (inFlight === 0) settle();
    }
  }

  function countStored(receipt: Receipt, bytes: number): void {
    counts[receipt.duplicate ? 'duplicate' : 'stored'] += 1;
    counts.bytes += bytes;
    last = now();
  }

  function countRefused(code: ErrorCode = 'connector/not-consuming'): void {
    counts.refused += 1;
    metrics.refused.inc({ connector: id, code });
  }

  /** Refused is what the sender must change, or what came while the gate was shut; failed is what we could not do. */
  function countError({ code, kind }: HealthosError): void {
    if (kind === 'fix' || code === 'connector/not-consuming') countRefused(code);
    else counts.failed += 1;
  }

  function tell(accepting: boolean): void {
    // A copy: who begins to listen meanwhile hears of the next change first.
    for (const listener of [...listeners]) listener(accepting);
  }

  function settle(): void {
    for (const resolve of idle) resolve();
    idle.clear();
  }

  return {
    deliver,
    accepting: () => passage !== 'shut',
    onAccepting(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    pace(next) {
      if (next === limit) return;
      limit = next;
      pace = next && createPace(next, clock);
    },
    hurry: () => pace?.hurry(),
    set(to, next) {
      const changed = (passage === 'shut') !== (to === 'shut');
      passage = to;
      state = next;
      if (changed) tell(to !== 'shut');
      if (to === 'shut') pace?.hurry();
    },
    countRefused,
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => idle.add(resolve))),
    inFlight: () => inFlight,
    counts: () => ({
      received: counts.stored + counts.duplicate + counts.refused + counts.failed,
      ...counts,
    }),
    lastMessageAt: () => last,
  };
}

function notConsuming(id: string, state: string): HealthosError {
  return new HealthosError(
    'connector/not-consuming',
    `Connector ${id} is ${state}; it takes no messages now.`,
    {
      retryAfter: RETRY_AFTER_S,
    },
  );
}
