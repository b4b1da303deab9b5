/** What the main thread and the journal's thread say to each other. */
import type { BusTicket } from '../bus/message-bus.ts';
import type { ErrorCode } from '../errors.ts';
import type { JournalLogOptions } from './journal-log.ts';
import type { Journal, JourneyQuery, Journey, MessageEvent } from './journal.ts';

/** What the thread is started with. */
export interface JournalThreadData {
  readonly ticket: BusTicket['ticket'];
  readonly file: string;
  readonly log: JournalLogOptions;
  /** The position up to which steps were told (log, metrics): outlives a thread, so that none is told twice. */
  readonly told: SharedArrayBuffer;
  readonly burst: SharedArrayBuffer | undefined;
}

export type Question =
  | { readonly method: 'search'; readonly query: JourneyQuery }
  | { readonly method: 'journey'; readonly dataId: string }
  | { readonly method: 'locate'; readonly dataId: string }
  | { readonly method: 'counts' }
  | { readonly method: 'totals' }
  | { readonly method: 'status' };

export type Answer<Q extends Question> = Awaited<ReturnType<Journal[Q['method']]>>;

export type ToJournal =
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'await'; readonly dataIds: readonly string[] }
  | { readonly type: 'forget'; readonly dataIds: readonly string[] }
  | { readonly type: 'watch'; readonly on: boolean }
  | { readonly type: 'stop' };

export type FromJournal =
  | { readonly type: 'ready' }
  | { readonly type: 'caughtUp' }
  /** To a question, as its method of the journal answers it. */
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'verdicts'; readonly journeys: readonly Journey[] }
  | { readonly type: 'events'; readonly events: readonly MessageEvent[] };
