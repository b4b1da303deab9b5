/** Who follows the journal from the main thread: listeners to every step, and those that wait for a verdict. */
import { eventsOf } from './events.ts';
import type { Journey } from './journal.ts';
import type { FromJournal } from './journal-protocol.ts';
import { type Journeys, plainJourney } from './journeys.ts';
import type { Applied } from './projection.ts';

export class Followers {
  readonly #journeys: Journeys;
  readonly #say: (message: FromJournal) => void;
  readonly #awaited = new Set<string>();
  watched = false;

  constructor(journeys: Journeys, say: (message: FromJournal) => void) {
    this.#journeys = journeys;
    this.#say = say;
  }

  /** True while somebody wants to hear of steps as soon as they are there. */
  get isListening(): boolean {
    return this.watched || this.#awaited.size > 0;
  }

  /** Tells the verdicts that are there already, and remembers the rest. */
  await(dataIds: readonly string[]): void {
    const known: Journey[] = [];
    for (const dataId of dataIds) {
      const journey = this.#journeys.hasVerdict(dataId) ? this.#journeys.find(dataId) : undefined;
      if (journey === undefined) this.#awaited.add(dataId);
      else known.push(journey);
    }
    if (known.length > 0) this.#say({ type: 'verdicts', journeys: known });
  }

  forget(dataIds: readonly string[]): void {
    for (const dataId of dataIds) this.#awaited.delete(dataId);
  }

  /** Tells of what was applied, in two messages at most. Listeners hear only what is news. */
  tell(applied: readonly Applied[], news: readonly Applied[]): void {
    if (this.#awaited.size > 0) this.#tellVerdicts(applied);
    if (!this.watched) return;
    const events = news.flatMap(eventsOf);
    if (events.length > 0) this.#say({ type: 'events', events });
  }

  #tellVerdicts(applied: readonly Applied[]): void {
    const journeys: Journey[] = [];
    for (const { entry, judgement } of applied) {
      if (judgement === undefined || !this.#awaited.delete(entry.arrived.dataId)) continue;
      const journey = entry.plain
        ? plainJourney(entry, judgement)
        : this.#journeys.find(entry.arrived.dataId);
      if (journey !== undefined) journeys.push(journey);
    }
    if (journeys.length > 0) this.#say({ type: 'verdicts', journeys });
  }
}
