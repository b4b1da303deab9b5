/** Where the questions to the journal are answered, in its thread. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { JournalCounts, MessageState } from './journal.ts';
import type { Answer, Question } from './journal-protocol.ts';
import type { Journeys } from './journeys.ts';
import { integer, text } from './rows.ts';
import { Search } from './search.ts';
import type { Totals } from './totals.ts';

export interface DeskOptions {
  readonly database: DatabaseSync;
  readonly journeys: Journeys;
  readonly totals: Totals;
  status(): Answer<{ readonly method: 'status' }>;
}

export class Desk {
  readonly #options: DeskOptions;
  readonly #search: Search;
  readonly #counts: StatementSync;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#search = new Search(options.database);
    this.#counts = options.database.prepare(
      'SELECT state, sum(messages) AS messages FROM tally GROUP BY state',
    );
  }

  /** Answers as the journal's method of that name does. */
  async answer(question: Question): Promise<Answer<Question>> {
    const { journeys, totals } = this.#options;
    switch (question.method) {
      case 'search':
        return this.#search.find(question.query);
      case 'journey':
        return journeys.find(question.dataId);
      case 'locate':
        return journeys.locate(question.dataId);
      case 'counts':
        return this.#countStates();
      case 'totals':
        return totals.read();
      case 'status':
        return this.#options.status();
    }
  }

  #countStates(): JournalCounts {
    const rows = new Map(this.#counts.all().map((row) => [text(row, 'state'), integer(row, 'messages')]));
    const of = (state: MessageState) => rows.get(state) ?? 0;
    const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
    const byState = {
      received: of('received'),
      valid: of('valid'),
      invalid: of('invalid'),
      delivered: of('delivered'),
      deadletter: of('deadletter'),
    };
    return { total, byState };
  }
}
