/** What the journal counts for `/metrics`, since its thread started. */
import type { JournalTotals } from './journal.ts';
import type { Applied } from './projection.ts';
import { Series } from './series.ts';

/** Upper bounds of the histogram of validation, in seconds. */
const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MOST_SERIES = 2000;

type MessageLabels = readonly [connector: string, format: string, outcome: string];
type IssueLabels = readonly [format: string, rule: string];

export class Totals {
  readonly #messages = new Series<MessageLabels>(MOST_SERIES, ['other', 'other', 'other']);
  readonly #issues = new Series<IssueLabels>(MOST_SERIES, ['other', 'other']);
  readonly #buckets = BUCKETS.map(() => 0);
  #sum = 0;
  #count = 0;

  /** Counts what became of a message; that it came is counted where it came in. */
  add({ step, at, entry, judgement, unexpected }: Applied): void {
    if (unexpected || step === 'received' || step === 'replayed') return;
    const format = entry.format ?? 'unknown';
    this.#messages.increment([entry.arrived.connector ?? 'unknown', format, step]);
    if (judgement === undefined) return;
    for (const { rule } of judgement.issues) this.#issues.increment([format, rule]);
    this.#observe((at - entry.arrived.storedAt) / 1000);
  }

  read(): JournalTotals {
    return {
      messages: this.#messages.read().map(messageCount),
      issues: this.#issues.read().map(({ labels: [format, rule], count }) => ({ format, rule, count })),
      validationSeconds: {
        le: BUCKETS,
        counts: cumulative(this.#buckets),
        sum: this.#sum,
        count: this.#count,
      },
    };
  }

  #observe(seconds: number): void {
    this.#sum += seconds;
    this.#count++;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }
}

function messageCount({ labels, count }: { readonly labels: MessageLabels; readonly count: number }) {
  const [connector, format, outcome] = labels;
  return { connector, format, outcome, count };
}

/** As Prometheus has it: each bucket counts what lies in those below it too. */
function cumulative(buckets: readonly number[]): number[] {
  let sum = 0;
  return buckets.map((count) => (sum += count));
}
