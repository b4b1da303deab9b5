/** The lanes as the publishing thread sees them: batches go out by one, and by the other comes that they are stored. */
import { Lane } from './lane.ts';
import { Linger } from './linger.ts';
import { bytesOf, fill, layOut, packMessages, transferOf } from './packing.ts';
import type { Draft } from './packing.ts';
import type { Bell, PublishText, Reply, Request, StoreLink } from './protocol.ts';

/** With so few messages in flight the thread would sleep until the answer comes: then it is worth waiting for. */
const FEW = 16;
/** It looks so often, some microseconds, before the event loop has its turn: a turn costs as much, and leaves garbage. */
const LOOKS = 400;
/** With no more than so many it has other work meanwhile, and only glances at each turn: a bell would cost both sides more. */
const MANY = 256;
const GLANCES = 20;

export class PublishLanes {
  readonly #link: StoreLink;
  readonly #published: Lane;
  readonly #stored: Lane;
  readonly #linger = new Linger();
  readonly #take: (reply: Reply) => void;
  readonly #inFlight: () => number;
  /** When it stops to look for answers; 0 while it does not. */
  #looksUntil = 0;
  #isClosed = false;

  /** Calls back with each answer; asks how many messages are sent and not answered. */
  constructor(link: StoreLink, inFlight: () => number, take: (reply: Reply) => void) {
    this.#link = link;
    this.#published = new Lane(link.lanes.published);
    this.#stored = new Lane(link.lanes.stored);
    this.#inFlight = inFlight;
    this.#take = take;
  }

  send(batch: number, drafts: readonly Draft[]): void {
    if (!this.#sendByLane(batch, drafts)) this.#sendByPort(batch, drafts);
    else if (!this.#published.isWatched) this.#post({ type: 'bell' });
    if (this.#inFlight() <= MANY) this.#lookUntil(this.#linger.until());
  }

  #sendByLane(batch: number, drafts: readonly Draft[]): boolean {
    const layout = layOut(drafts);
    const text = JSON.stringify({ batch, ...layout } satisfies PublishText);
    return this.#published.write(text, bytesOf(layout), (lane, start) => fill(lane, start, drafts, layout));
  }

  #sendByPort(batch: number, drafts: readonly Draft[]): void {
    const messages = packMessages(drafts);
    this.#post({ type: 'publish', batch, messages }, transferOf(messages));
  }

  #post(request: Request | Bell, transfer: ArrayBuffer[] = []): void {
    this.#link.port.postMessage(request, transfer);
  }

  #lookUntil(end: number): void {
    if (end === 0) return;
    const looks = this.#looksUntil > 0;
    this.#looksUntil = end;
    if (looks) return;
    this.#stored.watch(true);
    setImmediate(this.#look);
  }

  /** Looks for answers between the turns of the event loop, which goes on meanwhile. */
  readonly #look = (): void => {
    let found = false;
    const most = this.#inFlight() <= FEW ? LOOKS : GLANCES;
    for (let looks = 0; !found && looks < most; looks++) found = this.takeStored();
    if (!found && this.#inFlight() > 0 && performance.now() < this.#looksUntil) {
      setImmediate(this.#look);
      return;
    }
    this.#looksUntil = 0;
    this.#linger.ended(found);
    this.#stored.watch(false);
    this.takeStored();
  };

  /** The store is gone: what it may have answered is of batches that were given up, and whose numbers come again. */
  close(): void {
    this.#isClosed = true;
  }

  /** True where there was an answer. */
  takeStored(): boolean {
    let found = false;
    if (this.#isClosed) return found;
    for (let entry = this.#stored.peek(); entry !== undefined; entry = this.#stored.peek()) {
      found = true;
      this.#stored.next();
      // Written by the other end of this lane.
      this.#take(JSON.parse(entry.text) as Reply);
    }
    return found;
  }
}
