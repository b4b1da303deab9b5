/**
 * Server-sent events: every change of an actor's state and every step of a message, to whoever listens.
 * HTML Living Standard, section 9.2 (Server-sent events).
 */
import { PassThrough, type Readable } from 'node:stream';
import type { StateChange, StateFeed } from '../actors/status.ts';
import type { Journal, MessageEvent } from '../store/journal.ts';

export interface EventHub {
  /**
   * One listener's stream of frames. It begins with the state changes after `lastEventId` that are still kept. It ends
   * with the hub; it is destroyed, so that the connection breaks, when its listener reads too slowly.
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
  options: { readonly heartbeatMs: number } = { heartbeatMs: 15_000 },
): EventHub {
  return new Hub(feed, journal, options.heartbeatMs);
}

/** Only the state changes carry an id: they alone are kept for those who come back. */
export function stateFrame(change: StateChange): string {
  return `id: ${change.id}\nevent: state\ndata: ${JSON.stringify(change)}\n\n`;
}

export function messageFrame(event: MessageEvent): string {
  return `event: message\ndata: ${JSON.stringify(event)}\n\n`;
}

class Hub implements EventHub {
  readonly #feed: StateFeed;
  readonly #journal: Pick<Journal, 'subscribe'>;
  readonly #heartbeatMs: number;
  readonly #streams = new Set<PassThrough>();
  #unsubscribe: (() => void)[] = [];
  #pending = '';
  #closed = false;

  constructor(feed: StateFeed, journal: Pick<Journal, 'subscribe'>, heartbeatMs: number) {
    this.#feed = feed;
    this.#journal = journal;
    this.#heartbeatMs = heartbeatMs;
  }

  get listeners(): number {
    return this.#streams.size;
  }

  open(lastEventId: string | undefined): Readable {
    const stream = new PassThrough({ highWaterMark: MAX_UNREAD_BYTES });
    if (this.#closed) return stream.end();
    this.#flush();
    stream.write('retry: 1000\n\n: connected\n\n' + this.#missed(lastEventId));
    stream.once('close', () => this.#remove(stream));
    this.#streams.add(stream);
    if (this.#streams.size === 1) this.#listen();
    return stream;
  }

  close(): void {
    this.#flush();
    this.#closed = true;
    for (const stream of this.#streams) stream.end();
    this.#silence();
  }

  /** An id beyond our newest is of an earlier process: then all that is kept is news. */
  #missed(lastEventId: string | undefined): string {
    if (lastEventId === undefined || !/^\d{1,15}$/.test(lastEventId)) return '';
    const kept = this.#feed.since(0);
    const newest = kept.at(-1)?.id ?? 0;
    const after = Number(lastEventId) > newest ? 0 : Number(lastEventId);
    return this.#feed.since(after).map(stateFrame).join('');
  }

  #listen(): void {
    const heartbeat = setInterval(() => this.#send(': heartbeat\n\n'), this.#heartbeatMs);
    heartbeat.unref();
    this.#unsubscribe = [
      this.#feed.subscribe((change) => this.#send(stateFrame(change))),
      this.#journal.subscribe((event) => this.#send(messageFrame(event))),
      () => clearInterval(heartbeat),
    ];
  }

  #silence(): void {
    for (const end of this.#unsubscribe) end();
    this.#unsubscribe = [];
  }

  #remove(stream: PassThrough): void {
    if (this.#streams.delete(stream) && this.#streams.size === 0) this.#silence();
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
