/**
 * The order of what is forwarded. Where one is not stored, by itself it would come again behind those that follow it: they are
 * taken back as well, and all of it comes again in its order. Only what was on its way to the server together with the one
 * that failed may have been stored before it.
 */
import { setTimeout } from 'node:timers/promises';
import type { JetStreamDelivery } from './delivery.ts';
import type { Forwards } from './forwards.ts';
import type { Inbox } from './inbox.ts';
import type { LeftOver } from './left-over.ts';
import type { Outbox } from './outbox.ts';

export interface RegroupOptions {
  readonly inbox: Inbox;
  readonly forwards: Pick<Forwards, 'settled'>;
  readonly leftOver: LeftOver;
  /** Of the connection that the consumer stands on; undefined while there is none. */
  readonly outbox: () => Outbox | undefined;
}

/** A forward that failed, and what follows it, comes again after so long. */
const AGAIN_MS = 500;

export class Regroup {
  readonly #options: RegroupOptions;
  #underWay: Promise<void> | undefined;

  constructor(options: RegroupOptions) {
    this.#options = options;
  }

  /** A forward was not stored. */
  behind(failed: JetStreamDelivery): void {
    const { inbox, leftOver, outbox } = this.#options;
    leftOver.toGiveBack([failed, ...inbox.empty()]);
    inbox.hold();
    this.#underWay ??= this.#giveBackSoon(outbox()).finally(() => (this.#underWay = undefined));
  }

  /** When it is known of each that is under way whether it was stored. A new connection does it by itself. */
  async #giveBackSoon(then: Outbox | undefined): Promise<void> {
    const { inbox, forwards, leftOver, outbox } = this.#options;
    await forwards.settled();
    await setTimeout(AGAIN_MS);
    if (then !== undefined && then === outbox()) {
      leftOver.toGiveBack(inbox.empty());
      leftOver.giveBack(then);
    }
    inbox.release();
  }
}
