/** What was published and waits for the next commit, in the order in which it came. */
import type { Client } from './client.ts';
import { packedCount } from './new-batch.ts';
import type { PackedMessages } from './protocol.ts';

export interface WaitingBatch {
  readonly client: Client;
  readonly batch: number;
  readonly messages: PackedMessages;
}

/** So many bytes of new messages go into one transaction, or one batch that is larger. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Of so many messages half are stored first: while the others are, the thread that sent them is at work on the next ones. */
const MANY = 128;

export class WaitingBatches {
  #batches: WaitingBatch[] = [];

  add(batch: WaitingBatch): void {
    this.#batches.push(batch);
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  takeAll(): WaitingBatch[] {
    return this.#batches.splice(0);
  }

  /** Those of the next transaction. */
  take(): WaitingBatch[] {
    const waiting = countOf(this.#batches);
    const most = waiting < MANY ? waiting : waiting / 2;
    let bytes = 0;
    let count = 0;
    const end = this.#batches.findIndex(({ messages }, i) => {
      bytes += messages.bytes.byteLength;
      count += packedCount(messages);
      return i > 0 && (bytes > MAX_BYTES || count > most);
    });
    return this.#batches.splice(0, end === -1 ? this.#batches.length : end);
  }
}

/** How many messages they hold. */
export function countOf(batches: readonly WaitingBatch[]): number {
  return batches.reduce((sum, { messages }) => sum + packedCount(messages), 0);
}
