/**
 * The events that are kept for those who come back, and the ids by which they say how far they heard:
 * `<process>-<change of state>-<step of a message>`, the numbers of the latest of each.
 */
import type { StateChange, StateFeed } from '../actors/status.ts';
import type { MessageEvent } from '../store/journal.ts';

/** How much is kept of the steps: about 2,000. The feed keeps 1,000 changes by itself. */
const MOST_STEP_CHARACTERS = 512 * 1024;

interface Place {
  readonly change: number;
  readonly step: number;
}

export class EventLog {
  readonly #feed: Pick<StateFeed, 'since'>;
  /** Tells the ids of this process from those of another. */
  readonly #process = Date.now().toString(36);
  readonly #steps: { readonly step: number; readonly data: string }[] = [];
  #characters = 0;
  /** The latest of each that was told. */
  #change = 0;
  #step = 0;

  constructor(feed: Pick<StateFeed, 'since'>) {
    this.#feed = feed;
  }

  stateFrame(change: StateChange): string {
    this.#change = change.id;
    return this.#frame({ change: change.id, step: this.#step }, 'state', JSON.stringify(change));
  }

  /** The step is kept from now on. */
  messageFrame(event: MessageEvent): string {
    this.#step += 1;
    const kept = { step: this.#step, data: JSON.stringify(event) };
    this.#keep(kept);
    return this.#frame({ change: this.#change, step: kept.step }, 'message', kept.data);
  }

  /** Where a listener stands who has been told everything: a frame without an event. */
  here(): string {
    this.#change = this.#feed.since(0).at(-1)?.id ?? 0;
    return `id: ${this.#id({ change: this.#change, step: this.#step })}\n\n`;
  }

  /** The frames of all that is kept and came after this id; after another process's id all that is kept is news. */
  since(lastEventId: string): string {
    const heard = this.#place(lastEventId);
    const changes = this.#feed.since(heard.change).map((change) => {
      return this.#frame({ change: change.id, step: heard.step }, 'state', JSON.stringify(change));
    });
    const change = this.#feed.since(0).at(-1)?.id ?? 0;
    const steps = this.#steps
      .filter(({ step }) => step > heard.step)
      .map(({ step, data }) => this.#frame({ change, step }, 'message', data));
    return [...changes, ...steps].join('');
  }

  #keep(kept: { readonly step: number; readonly data: string }): void {
    this.#steps.push(kept);
    this.#characters += kept.data.length;
    while (this.#characters > MOST_STEP_CHARACTERS) this.#characters -= this.#steps.shift()?.data.length ?? 0;
  }

  #place(id: string): Place {
    const [, process, change, step] = /^([0-9a-z]+)-(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
    if (process !== this.#process) return { change: 0, step: 0 };
    return { change: Number(change), step: Number(step) };
  }

  #id({ change, step }: Place): string {
    return `${this.#process}-${change}-${step}`;
  }

  #frame(place: Place, event: string, data: string): string {
    return `id: ${this.#id(place)}\nevent: ${event}\ndata: ${data}\n\n`;
  }
}
