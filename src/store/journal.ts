/**
 * The journal: the journeys of the messages, searchable. A projection of the bus in a file of its own, written by a
 * worker thread; it can be deleted, and is rebuilt from the bus.
 */
import type { Format } from '../messages/envelope.ts';
import type { Issue } from '../validation/issue.ts';

export const messageStates = ['received', 'valid', 'invalid', 'delivered', 'deadletter'] as const;
export type MessageState = (typeof messageStates)[number];

/** An item of a list. */
export interface JourneyItem {
  readonly data_id: string;
  readonly connector: string | null;
  readonly format: Format | null;
  readonly version: string | null;
  readonly type: string | null;
  readonly state: MessageState;
  /** RFC 3339. */
  readonly received_at: string;
  readonly bytes: number;
  /** How many issues validation found; 0 before the verdict. */
  readonly issues_total: number;
}

export interface JourneyStep {
  readonly step: 'received' | 'stored' | 'valid' | 'invalid' | 'delivered' | 'deadletter' | 'replayed';
  readonly at: string;
  /** What more there is to say of the step: `connector`, `data_id` of a replay, `issues` (how many). */
  readonly connector?: string;
  readonly data_id?: string;
  readonly issues?: number;
  /** True where the life of a message does not allow the step: a bug of whoever published it, shown as it came. */
  readonly unexpected?: true;
}

export interface Journey extends JourneyItem {
  readonly content_type: string | null;
  readonly steps: readonly JourneyStep[];
  readonly issues: readonly Issue[];
  readonly parent_id: string | null;
  /** The data ids of its replays. */
  readonly replays: readonly string[];
}

export interface JourneyQuery {
  readonly state?: MessageState | undefined;
  readonly format?: Format | 'unknown' | undefined;
  readonly connector?: string | undefined;
  readonly rule?: string | undefined;
  /** RFC 3339, inclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** The beginning of a data id, or a control id or sender. */
  readonly q?: string | undefined;
  /** 1 to 1000, default 50. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A step as it happens: behind the `message` events, `Prefer: wait`, and `healthos tap`. */
export interface MessageEvent {
  readonly data_id: string;
  readonly step: JourneyStep['step'];
  readonly at: string;
  readonly connector: string | null;
  readonly format: Format | null;
  readonly type: string | null;
  readonly bytes: number;
  readonly issues: number;
}

export interface JournalCounts {
  readonly total: number;
  readonly byState: Readonly<Record<MessageState, number>>;
}

/** What `/metrics` takes from the journal: totals since the process started. */
export interface JournalTotals {
  readonly messages: readonly { connector: string; format: string; outcome: string; count: number }[];
  readonly issues: readonly { format: string; rule: string; count: number }[];
  /** Seconds from stored to verdict: upper bounds of the buckets, cumulative counts, sum. */
  readonly validationSeconds: {
    readonly le: readonly number[];
    readonly counts: readonly number[];
    readonly sum: number;
    readonly count: number;
  };
}

export interface Journal {
  search(
    query: JourneyQuery,
  ): Promise<{ readonly items: readonly JourneyItem[]; readonly next: string | null }>;
  journey(dataId: string): Promise<Journey | undefined>;
  /** Where the message lies on the bus, and who sent it. */
  locate(dataId: string): Promise<{ readonly seq: number; readonly principal: string | null } | undefined>;
  counts(): Promise<JournalCounts>;
  totals(): Promise<JournalTotals>;
  /** Resolves with the journey once it has a verdict; undefined when the time is over. Milliseconds. */
  verdict(dataId: string, timeoutMs: number): Promise<Journey | undefined>;
  /** Calls back with each step from now on; the answer ends it. Costs nothing while nobody listens. */
  subscribe(listener: (event: MessageEvent) => void): () => void;
  /** `rebuilding` while it is far behind the bus. */
  status(): Promise<{ readonly state: 'rebuilding' | 'following'; readonly position: number }>;
  close(): Promise<void>;
}
