/**
 * Server-sent events: every change of an actor's state and every step of a message, to whoever listens.
 * HTML Living Standard, section 9.2 (Server-sent events).
 */
import { PassThrough, type Readable } from 'node:stream';
import type { StateFeed } from '../actors/status.ts';
import type { Journal } from '../store/journal.ts';
import { EventLog } from './event-log.ts';

export interface EventHub {
  /**
   * One listener's stream of frames. It begins with the events after `lastEventId` that are still kept. It ends with the
   * hub; it is destroyed, so that the connection breaks, when its listener reads too slowly.
   */
  open(lastEventId: string | undefined): Readable;
  /** How many listen. */
  readonly listeners: number;
  /** Ends all streams; later ones end at once. */
  close(): void;
}

/** What a listener may leave unread before it is dropped: about 5,000 events. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export function createEventHub(
  feed: StateFeed,
  journal: Pick<Journal, 'subscribe'>,
  times: Partial<EventTimes> = {},
): EventHub {
  return new Hub(feed, journal, { ...usual, ...times });
}

export interface EventTimes {
  readonly heartbeatMs: number;
  /** How long steps of messages are heard and kept after the last listener has gone: it may come back. */
  readonly lingerMs: number;
}

const usual: EventTimes = { heartbeatMs: 15_000, lingerMs: 60_000 };

class Hub implements EventHub {
  readonly #feed: StateFeed;
  readonly #journal: Pick<Journal, 'subscribe'>;
  readonly #times: EventTimes;
  readonly #log: EventLog;
  readonly #streams = new Set<PassThrough>();
  #unsubscribe: (() => void)[] = [];
  #lingering: NodeJS.Timeout | undefined;
  #pending = '';
  #closed = false;

  constructor(feed: StateFeed, journal: Pick<Journal, 'subscribe'>, times: EventTimes) {
    this.#feed = feed;
    this.#journal = journal;
    this.#times = times;
    this.#log = new EventLog(feed);
  }

  get listeners(): number {
    return this.#streams.size;
  }

  open(lastEventId: string | undefined): Readable {
    const stream = new PassThrough({ highWaterMark: MAX_UNREAD_BYTES });
    if (this.#closed) return stream.end();
    this.#flush();
    const missed = lastEventId === undefined ? '' : this.#log.since(lastEventId);
    stream.write('retry: 1000\n\n: connected\n\n' + missed + this.#log.here());
    stream.once('close', () => this.#remove(stream));
    this.#streams.add(stream);
    this.#listen();
    return stream;
  }

  close(): void {
    this.#flush();
    this.#closed = true;
    for (const stream of this.#streams) stream.end();
    this.#silence();
  }

  #listen(): void {
    clearTimeout(this.#lingering);
    if (this.#unsubscribe.length > 0) return;
    const heartbeat = setInterval(() => this.#send(': heartbeat\n\n'), this.#times.heartbeatMs);
    heartbeat.unref();
    this.#unsubscribe = [
      this.#feed.subscribe((change) => this.#send(this.#log.stateFrame(change))),
      this.#journal.subscribe((event) => this.#send(this.#log.messageFrame(event))),
      () => clearInterval(heartbeat),
    ];
  }

  #silence(): void {
    clearTimeout(this.#lingering);
    for (const end of this.#unsubscribe) end();
    this.#unsubscribe = [];
  }

  #remove(stream: PassThrough): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0 || this.#closed) return;
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => this.#silence(), this.#times.lingerMs);
    this.#lingering.unref();
  }

  /** All frames of one turn of the event loop go out in one write to each listener. */
  #send(frame: string): void {
    if (this.#pending === '') setImmediate(() => this.#flush());
    this.#pending += frame;
  }

  #flush(): void {
    const frames = this.#pending;
    this.#pending = '';
    if (frames === '') return;
    for (const stream of this.#streams) {
      if (stream.readableLength + stream.writableLength > MAX_UNREAD_BYTES) stream.destroy();
      else stream.write(frames);
    }
  }
}
