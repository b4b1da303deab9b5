/** Of a consumer that must miss nothing: whether each delivery follows the one before it. */
import type { JetStreamDelivery } from './delivery.ts';

export class Unbroken {
  #lastOrdinal = 0;
  #lastSeq = 0;

  /** The server has delivered so many. */
  begin(ordinal: number): void {
    this.#lastOrdinal = ordinal;
    this.#lastSeq = 0;
  }

  /** False where something is missing before it. */
  follows({ ordinal, seq }: JetStreamDelivery): boolean {
    if (ordinal !== this.#lastOrdinal + 1 || seq <= this.#lastSeq) return false;
    this.#lastOrdinal = ordinal;
    this.#lastSeq = seq;
    return true;
  }
}
