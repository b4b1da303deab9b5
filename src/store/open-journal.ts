/** The journal as the main thread has it: it asks its thread, which may end and be started again at any time. */
import type { ManagedJournal } from '../actors/worker-session.ts';
import type { Burst } from '../burst.ts';
import type { BusTicket } from '../bus/message-bus.ts';
import { HealthosError } from '../errors.ts';
import type { LoggingOptions } from '../logging.ts';
import type { Journal, Journey, JourneyQuery, MessageEvent } from './journal.ts';
import { type JournalLink, startJournalThread } from './journal-link.ts';
import type { Answer, FromJournal, Question } from './journal-protocol.ts';
import { Told } from './told.ts';
import { Waiting } from './waiting.ts';

export interface JournalOptions {
  /** Where its file is, or is to be. */
  readonly file: string;
  /** A ticket for each thread that is started. */
  readonly ticket: () => BusTicket;
  readonly logging: LoggingOptions;
  /** The file descriptor of the log; default 1, standard output. */
  readonly logFd?: number;
  /** Tells its thread when to rest, and is told while somebody waits for a verdict. */
  readonly burst?: Burst;
}

export interface SupervisedJournal extends Journal {
  /**
   * Starts its thread; resolves when it answers. Until then, and after the thread has ended, everything is refused with
   * `journal/unavailable`. Listeners outlive the thread.
   */
  start(signal?: AbortSignal): Promise<ManagedJournal>;
}

/** A journal whose thread is still to be started, by its supervisor. */
export function createJournal(options: JournalOptions): SupervisedJournal {
  return new JournalClient(options);
}

/** A journal that answers. */
export async function openJournal(options: JournalOptions): Promise<SupervisedJournal> {
  const journal = createJournal(options);
  await journal.start();
  return journal;
}

interface Asked {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

class JournalClient implements SupervisedJournal {
  readonly #options: JournalOptions;
  readonly #told = Told.shared();
  readonly #asked = new Map<number, Asked>();
  readonly #waiting: Waiting;
  readonly #listeners = new Set<(event: MessageEvent) => void>();
  #link: JournalLink | undefined;
  #lastQuestion = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#waiting = new Waiting(({ begun, over }) => {
      if (begun.length > 0) this.#link?.say({ type: 'await', dataIds: begun });
      if (over.length > 0) this.#link?.say({ type: 'forget', dataIds: over });
    });
  }

  async start(signal?: AbortSignal): Promise<ManagedJournal> {
    signal?.throwIfAborted();
    const { file, ticket, logging, logFd, burst } = this.#options;
    const { level, format } = logging;
    const data = { file, log: { level, format, fd: logFd ?? 1 }, told: this.#told, burst: burst?.shared };
    const link = await startJournalThread(ticket(), data, (message) => this.#hear(message), signal);
    this.#link = link;
    if (this.#listeners.size > 0) link.say({ type: 'watch', on: true });
    void link.exited.then(() => this.#lost(link));
    return link;
  }

  search(query: JourneyQuery) {
    return this.#ask({ method: 'search', query });
  }

  journey(dataId: string) {
    return this.#ask({ method: 'journey', dataId });
  }

  locate(dataId: string) {
    return this.#ask({ method: 'locate', dataId });
  }

  counts() {
    return this.#ask({ method: 'counts' });
  }

  totals() {
    return this.#ask({ method: 'totals' });
  }

  status() {
    return this.#ask({ method: 'status' });
  }

  verdict(dataId: string, timeoutMs: number) {
    return this.#link === undefined ? Promise.reject(unavailable()) : this.#awaitVerdict(dataId, timeoutMs);
  }

  async #awaitVerdict(dataId: string, timeoutMs: number): Promise<Journey | undefined> {
    const { burst } = this.#options;
    const verdict = this.#waiting.for(dataId, timeoutMs);
    if (burst !== undefined) burst.isAwaited = true;
    try {
      return await verdict;
    } finally {
      if (burst !== undefined) burst.isAwaited = this.#waiting.any;
    }
  }

  subscribe(listener: (event: MessageEvent) => void): () => void {
    // Each subscription is its own, also of the same function.
    const own = (event: MessageEvent) => listener(event);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#link?.say({ type: 'watch', on: true });
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0)
        this.#link?.say({ type: 'watch', on: false });
    };
  }

  async close(): Promise<void> {
    await this.#link?.stop();
  }

  #ask<Q extends Question>(question: Q): Promise<Answer<Q>> {
    return new Promise((resolve, reject) => {
      if (this.#link === undefined) {
        reject(unavailable());
        return;
      }
      const id = ++this.#lastQuestion;
      // The thread answers each question with what the journal's method of that name promises.
      this.#asked.set(id, { resolve: resolve as Asked['resolve'], reject });
      this.#link.say({ type: 'ask', id, question });
    });
  }

  #hear(message: FromJournal): void {
    if (message.type === 'answer') this.#take(message.id)?.resolve(message.answer);
    else if (message.type === 'refusal')
      this.#take(message.id)?.reject(new HealthosError(message.code, message.message));
    else if (message.type === 'verdicts') this.#waiting.settle(message.journeys);
    else if (message.type === 'events')
      for (const event of message.events) for (const listener of this.#listeners) listener(event);
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  #lost(link: JournalLink): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(unavailable());
    this.#waiting.rejectAll(unavailable());
  }
}

function unavailable(): HealthosError {
  return new HealthosError('journal/unavailable', 'The journal is not running. Try again in a moment.', {
    retryAfter: 1,
  });
}
