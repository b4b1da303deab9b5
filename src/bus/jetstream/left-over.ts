/** What the server is still to be told: answers that it did not confirm, and deliveries to be given back in their order. */
import type { JetStreamDelivery } from './delivery.ts';
import type { Answer, Outbox } from './outbox.ts';

export class LeftOver {
  #answers: Answer[] = [];
  #deliveries: JetStreamDelivery[] = [];

  /** True where answers wait for a connection. */
  get hasAnswers(): boolean {
    return this.#answers.length > 0;
  }

  keepAnswers(answers: readonly Answer[]): void {
    this.#answers.push(...answers);
  }

  toGiveBack(deliveries: readonly JetStreamDelivery[]): void {
    this.#deliveries.push(...deliveries);
  }

  tell(outbox: Outbox): void {
    outbox.repeat(this.#answers.splice(0));
    this.giveBack(outbox);
  }

  /** Of a message that was delivered again meanwhile only the last delivery is answered. */
  giveBack(outbox: Outbox): void {
    const last = new Map(this.#deliveries.splice(0).map((delivery) => [delivery.seq, delivery]));
    for (const delivery of [...last.values()].toSorted(byPosition)) outbox.nak(delivery, 0);
  }
}

function byPosition(a: JetStreamDelivery, b: JetStreamDelivery): number {
  return a.seq - b.seq;
}
