/** Verdicts and dead letters on their way to the next commit: messages that share the body of another one. */
import { header } from '../../messages/envelope.ts';
import type { Headers } from '../../messages/envelope.ts';
import { DEAD_LETTER_REASON } from '../message-bus.ts';
import type { OpenMessage } from './consumer-state.ts';
import type { DurableConsumer } from './consumer-table.ts';
import { forwardedBatch, headersOf, subjectOf } from './new-batch.ts';
import type { Forward } from './new-batch.ts';
import type { ObjectRefs } from './object-refs.ts';
import { parseHeaders } from './packing.ts';
import type { Answers } from './protocol.ts';
import type { Retention } from './retention.ts';
import type { Stream } from './stream.ts';

export class PendingForwards {
  readonly #stream: Stream;
  #waiting: Forward[] = [];

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Takes what a consumer forwards, and acknowledges the messages; answers how many. */
  take(consumer: DurableConsumer, { messages, originals }: NonNullable<Answers['forwards']>): number {
    const before = this.#waiting.length;
    const refs = new Map(messages.refs);
    for (const [i, headers] of headersOf(messages).entries()) {
      const seq = originals[i] ?? 0;
      const open = consumer.state.find(seq);
      if (open === undefined) continue;
      // Additions are kept as such only to the message that holds the body: one look-up gives both.
      const kept = open.bodySeq === seq ? headers : this.#stream.wholeHeaders(seq, headers);
      this.#waiting.push({ subject: subjectOf(messages, i), headers: kept, body: open, ref: refs.get(i) });
      consumer.state.ack(seq);
    }
    return this.#waiting.length - before;
  }

  /** A message had its last delivery: it goes to the dead letters, where the consumer names a subject for them. */
  bury(consumer: DurableConsumer, message: OpenMessage): void {
    const { deadLetter } = consumer.options;
    const original = deadLetter === undefined ? undefined : this.#stream.read(message.seq, false);
    if (deadLetter !== undefined && original !== undefined) {
      const reason = `${consumer.name}: not acknowledged after ${message.attempts} deliveries`;
      const headers: Headers = { ...parseHeaders(original.headers), [DEAD_LETTER_REASON]: reason };
      const text = new Uint8Array(Buffer.from(JSON.stringify(headers)));
      this.#waiting.push({ subject: deadLetter, headers: text, body: message, ref: headers[header.bodyRef] });
    }
    consumer.state.drop(message.seq);
  }

  /** Stores them together, within the store's transaction. They wait on until that is committed. */
  store(now: number, objects: ObjectRefs, retention: Retention): void {
    if (this.#waiting.length === 0) return;
    const batch = forwardedBatch(this.#waiting, (subject) => this.#stream.subjects.id(subject));
    const first = this.#stream.append(batch, now);
    for (const [i, { ref }] of this.#waiting.entries()) if (ref !== undefined) objects.add(first + i, ref);
    retention.link(first, this.#waiting);
  }

  get any(): boolean {
    return this.#waiting.length > 0;
  }

  committed(): void {
    this.#waiting = [];
  }
}
