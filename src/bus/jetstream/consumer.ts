/**
 * A durable consumer as its reader sees it. The server sends ahead up to the credit that it has, so that a fetch rarely
 * waits; answers go over once a turn of the event loop.
 *
 * When the connection ends, what was delivered is void: with the next connection it is given back and comes again.
 * Answers that were not confirmed are repeated.
 */
import { setTimeout } from 'node:timers/promises';
import type { Msg } from 'nats';
import type { Headers } from '../../messages/envelope.ts';
import { HealthosError } from '../../errors.ts';
import { DEAD_LETTER_REASON } from '../message-bus.ts';
import type { Consumer, Delivery } from '../message-bus.ts';
import { isOrdered, setUpConsumer } from './consumer-setup.ts';
import type { ConsumerNeeds } from './consumer-setup.ts';
import { JetStreamDelivery } from './delivery.ts';
import type { Answering } from './delivery.ts';
import { Forwards, type ForwardsHost } from './forwards.ts';
import { Inbox } from './inbox.ts';
import { LeftOver } from './left-over.ts';
import { Outbox } from './outbox.ts';
import { Pulls } from './pulls.ts';
import { Regroup } from './regroup.ts';
import type { Seal } from './seal.ts';
import { Unbroken } from './unbroken.ts';
import type { Wire } from './wire.ts';

/** The server sends ahead so many times what a fetch asks for. */
const AHEAD = 2;
const MAX_AHEAD = 1024;
/** What the server gave up is asked for again after so long. */
const ASK_AGAIN_MS = 250;
/**
 * The server counts deliveries, also those that nobody looked at before a restart: so a message is given up unseen only
 * this far beyond its last delivery, where whoever looks at it dies of it.
 */
const UNSEEN_DELIVERIES = 10;

/** What a consumer needs of the bus. */
export interface ConsumerHost extends ForwardsHost {
  /** What the gateway calls a subject of the server. */
  readonly fromServer: (subject: string) => string;
  /** The seal that is asked for under a subject of the gateway; undefined where none is. */
  readonly sealOf: (subject: string) => Seal | undefined;
  left(consumer: JetStreamConsumer): void;
  /** The consumer cannot be set up, or, without an error, can again. */
  troubled(consumer: JetStreamConsumer, thrown: unknown): void;
}

/** What lasts as long as a connection. */
interface Attachment {
  readonly wire: Wire;
  readonly pulls: Pulls;
  readonly outbox: Outbox;
}

export class JetStreamConsumer implements Consumer, Answering {
  readonly needs: ConsumerNeeds;
  readonly #host: ConsumerHost;
  readonly #inbox = new Inbox((max) => this.#ask(max));
  readonly #forwards: Forwards;
  /** The connection that there is, whether the consumer stands on it or not yet. */
  #wire: Wire | undefined;
  #attachment: Attachment | undefined;
  #setUp: Promise<void> | undefined;
  #needsReset: boolean;
  #closed = false;
  /** The server gave up what was asked for, and was not asked again yet. */
  #isLost = false;
  /** Up to here all is acknowledged, as far as is known: where a consumer that was deleted begins anew. */
  #floor: number;
  #keptAt = 0;
  readonly #unbroken = new Unbroken();
  readonly #leftOver = new LeftOver();
  readonly #regroup: Regroup;

  constructor(needs: ConsumerNeeds, host: ConsumerHost) {
    this.needs = needs;
    this.#host = host;
    this.#floor = needs.options.startAfter ?? 0;
    this.#needsReset = needs.options.reset === true;
    this.#forwards = new Forwards(host, needs.options.headersOnly === true);
    this.#regroup = new Regroup({
      inbox: this.#inbox,
      forwards: this.#forwards,
      leftOver: this.#leftOver,
      outbox: () => this.#attachment?.outbox,
    });
  }

  /** There is another connection. Where the consumer cannot be set up on it, the host is told, and a look tries again. */
  async reconnect(wire: Wire): Promise<void> {
    this.#wire = wire;
    await this.#attachAnew(wire);
  }

  /** Resolves when the server has the consumer. With the last connection's deliveries, see above. */
  async attach(wire: Wire): Promise<void> {
    this.#wire = wire;
    const reset = this.#needsReset || isOrdered(this.needs.options);
    const info = await setUpConsumer(wire.jsm, this.needs, this.#floor, reset);
    if (this.#closed || this.#wire !== wire) return;
    this.#needsReset = false;
    this.#floor = Math.max(this.#floor, info.ack_floor.stream_seq);
    this.#unbroken.begin(info.delivered.consumer_seq);
    this.#detachNow();
    const { stream, name } = this.needs;
    const pulls = new Pulls({
      wire,
      stream,
      consumer: name,
      onMessage: (message) => this.#arrived(message),
      onExpired: () => this.#askForWaiting(),
      onLost: () => this.#lost(wire),
    });
    this.#attachment = { wire, pulls, outbox: new Outbox(wire) };
    this.#isLost = false;
    this.#leftOver.tell(this.#attachment.outbox);
    this.#askForWaiting();
  }

  /** The connection is gone. */
  detach(): void {
    this.#detachNow();
    this.#attachment = undefined;
    this.#wire = undefined;
  }

  #detachNow(): void {
    const open = this.#attachment;
    open?.pulls.drop();
    const unconfirmed = open?.outbox.detach() ?? [];
    const unanswered = this.#inbox.empty();
    if (isOrdered(this.needs.options)) return;
    this.#leftOver.keepAnswers(unconfirmed);
    this.#leftOver.toGiveBack(unanswered);
  }

  fetch(max: number, signal?: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#closed || signal?.aborted === true) return Promise.resolve([]);
    this.#ask(max);
    return this.#inbox.fetch(max, signal);
  }

  /** Asks for more when half of what may be sent ahead is used up. */
  #ask(max: number): void {
    const pulls = this.#attachment?.pulls;
    if (pulls === undefined) return;
    const ahead = Math.min(Math.max(max, 1) * AHEAD, MAX_AHEAD);
    const missing = ahead - pulls.credit - this.#inbox.waiting.length;
    if (missing * 2 >= ahead) pulls.ask(missing);
  }

  #askForWaiting(): void {
    const { wanted } = this.#inbox;
    if (wanted !== undefined) this.#ask(wanted);
  }

  #arrived(message: Msg): void {
    const subject = this.#host.fromServer(message.subject);
    const delivery = new JetStreamDelivery(message, subject, this, this.#host.sealOf(subject));
    if (isOrdered(this.needs.options) && !this.#unbroken.follows(delivery)) {
      // Nothing is passed over: it begins anew after the last ack.
      if (this.#attachment !== undefined) void this.#attachAnew(this.#attachment.wire);
      return;
    }
    const { maxDeliver = Infinity } = this.needs.options;
    if (delivery.attempt > maxDeliver + UNSEEN_DELIVERIES) {
      this.#bury(delivery);
      return;
    }
    this.#inbox.add(delivery);
  }

  ack(delivery: JetStreamDelivery): void {
    const { options } = this.needs;
    if (options.ackPolicy === 'all') this.#inbox.answeredThrough(delivery);
    this.#inbox.answered(delivery);
    if (isOrdered(options)) this.#floor = Math.max(this.#floor, delivery.seq);
    this.#attachment?.outbox.ack(delivery);
  }

  nak(delivery: JetStreamDelivery, delayMs: number): void {
    this.#inbox.answered(delivery);
    const { maxDeliver = Infinity } = this.needs.options;
    if (delivery.attempt >= maxDeliver) this.#bury(delivery);
    else this.#attachment?.outbox.nak(delivery, delayMs);
  }

  inProgress(delivery: JetStreamDelivery): void {
    this.#attachment?.outbox.inProgress(delivery);
  }

  forward(delivery: JetStreamDelivery, subject: string, headers: Headers, key: string): void {
    this.#inbox.answered(delivery);
    this.#forwards.add(
      delivery,
      { subject, headers, key },
      { stored: () => this.#stored(delivery), failed: () => this.#regroup.behind(delivery) },
    );
  }

  /** Without a connection it is given back with the next one: what is stored already is not stored twice. */
  #stored(delivery: JetStreamDelivery): void {
    if (this.#attachment === undefined) this.#leftOver.toGiveBack([delivery]);
    else this.#attachment.outbox.ack(delivery);
  }

  /** A message had its last delivery: it goes to the dead letters, where there is a subject for them. */
  #bury(delivery: JetStreamDelivery): void {
    const { name, options } = this.needs;
    if (options.deadLetter === undefined) {
      this.#attachment?.outbox.end(delivery);
      return;
    }
    const reason = `${name}: not acknowledged after ${delivery.attempt} deliveries`;
    const headers = { ...delivery.headers, [DEAD_LETTER_REASON]: reason };
    this.forward(delivery, options.deadLetter, headers, `${delivery.seq}/${name}/deadletter`);
  }

  async flush(): Promise<void> {
    await this.#forwards.flush();
    if (this.#attachment !== undefined) await this.#attachment.outbox.confirmed();
    else if (this.#leftOver.hasAnswers) throw notConnected();
  }

  /** What is unanswered is given back, in order; answers that were given are confirmed, where the server still is. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox.end();
    this.#host.left(this);
    await this.#stopPulls();
    await this.#giveBack();
    this.detach();
  }

  /**
   * The server keeps a request for messages until it next looks whether anybody still hears the answer; what is given
   * back before that would be put behind the rest. To ask for the consumer's state makes it look.
   */
  async #stopPulls(): Promise<void> {
    const { stream, name } = this.needs;
    const open = this.#attachment;
    await open?.pulls.close();
    await open?.wire.jsm.consumers.info(stream, name).catch(() => undefined);
  }

  async #giveBack(): Promise<void> {
    // Where the server is gone, what it did not hear of comes again.
    await this.#forwards.settled();
    this.#leftOver.toGiveBack(this.#inbox.empty());
    if (this.#attachment === undefined) return;
    this.#leftOver.giveBack(this.#attachment.outbox);
    await this.#attachment.outbox.confirmed().catch(() => undefined);
  }

  /** Nothing more is delivered: it was forgotten. */
  end(): void {
    this.#closed = true;
    this.detach();
    this.#inbox.end();
  }

  /** Called now and then: what waits to be taken is kept, what was not heard of is asked for again. */
  look(now: number): void {
    const open = this.#attachment;
    open?.outbox.remind(now);
    const stands = open !== undefined && !this.#isLost && !open.pulls.isSilent(now);
    if (!stands && this.#wire !== undefined) void this.#attachAnew(this.#wire);
    const { ackWaitMs = 30_000 } = this.needs.options;
    if (now - this.#keptAt < ackWaitMs / 3) return;
    this.#keptAt = now;
    for (const delivery of this.#inbox.waiting) delivery.inProgress();
  }

  /** What the server says of itself: up to here it will not ask again. */
  knowFloor(seq: number): void {
    this.#floor = Math.max(this.#floor, seq);
  }

  #lost(wire: Wire): void {
    this.#isLost = true;
    void setTimeout(ASK_AGAIN_MS, undefined, { ref: false }).then(() => {
      if (this.#isLost && this.#wire === wire) void this.#attachAnew(wire);
    });
  }

  /** Makes sure that the server has the consumer, and asks anew. One at a time; the next look tries again. */
  #attachAnew(wire: Wire): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#setUp ??= this.attach(wire)
      .then(
        () => this.#host.troubled(this, undefined),
        (thrown: unknown) => this.#host.troubled(this, thrown),
      )
      .finally(() => (this.#setUp = undefined));
    return this.#setUp;
  }
}

function notConnected(): HealthosError {
  const message = 'The connection to the NATS server broke before the answers were confirmed.';
  return new HealthosError('bus/unavailable', message, { retryAfter: 1 });
}
