/**
 * A durable consumer as its reader sees it. The server sends ahead up to the credit that it has, so that a fetch rarely
 * waits; answers go over once a turn of the event loop.
 *
 * When the connection ends, what was delivered is void: with the next connection it is given back and comes again.
 * Answers that were not confirmed are repeated.
 */
import type { Msg } from 'nats';
import type { Headers } from '../../messages/envelope.ts';
import { HealthosError } from '../../errors.ts';
import { DEAD_LETTER_REASON } from '../message-bus.ts';
import type { Consumer, Delivery } from '../message-bus.ts';
import { isOrdered, setUpConsumer } from './consumer-setup.ts';
import type { ConsumerNeeds } from './consumer-setup.ts';
import { JetStreamDelivery } from './delivery.ts';
import type { Answering } from './delivery.ts';
import { Forwarder } from './forwarder.ts';
import type { ForwardingHost } from './forwarder.ts';
import { Outbox } from './outbox.ts';
import type { Answer } from './outbox.ts';
import { Pulls } from './pulls.ts';
import { isVerdict, publishVerdict } from './verdicts.ts';
import type { Wire } from './wire.ts';

/** The server sends ahead so many times what a fetch asks for. */
const AHEAD = 2;
const MAX_AHEAD = 1024;
/** A forward that failed comes again after so long. */
const FORWARD_AGAIN_MS = 500;
/** What the server gave up is asked for again after so long. */
const ASK_AGAIN_MS = 250;
/**
 * The server counts deliveries, also those that nobody looked at before a restart: so a message is given up unseen only
 * this far beyond its last delivery, where whoever looks at it dies of it.
 */
const UNSEEN_DELIVERIES = 10;

/** What a consumer needs of the bus. */
export interface ConsumerHost extends ForwardingHost {
  /** What the gateway calls a subject of the server. */
  readonly fromServer: (subject: string) => string;
  readonly toServer: (subject: string) => string;
  /** The headers of the message at a position; undefined where it is no longer kept. */
  readonly headersAt: (seq: number) => Promise<Headers | undefined>;
  left(consumer: JetStreamConsumer): void;
  /** The consumer cannot be set up, or, without an error, can again. */
  troubled(consumer: JetStreamConsumer, thrown: unknown): void;
}

interface Fetch {
  readonly max: number;
  readonly resolve: (deliveries: readonly Delivery[]) => void;
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
  readonly #forwarder: Forwarder;
  readonly #forwards = new Set<Promise<void>>();
  /** Given out and not answered. */
  readonly #hands = new Set<JetStreamDelivery>();
  #queue: JetStreamDelivery[] = [];
  #fetches: Fetch[] = [];
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
  #lastOrdinal = 0;
  #lastSeq = 0;
  #keptAt = 0;
  #toRepeat: Answer[] = [];
  #toGiveBack: JetStreamDelivery[] = [];

  constructor(needs: ConsumerNeeds, host: ConsumerHost) {
    this.needs = needs;
    this.#host = host;
    this.#floor = needs.options.startAfter ?? 0;
    this.#needsReset = needs.options.reset === true;
    this.#forwarder = new Forwarder(host, needs.options.headersOnly === true);
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
    this.#lastOrdinal = info.delivered.consumer_seq;
    this.#lastSeq = 0;
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
    this.#takeUp(this.#attachment.outbox);
    this.#askForWaiting();
  }

  #takeUp(outbox: Outbox): void {
    outbox.repeat(this.#toRepeat.splice(0));
    for (const delivery of this.#toGiveBack.splice(0).toSorted(byPosition)) outbox.nak(delivery, 0);
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
    if (open !== undefined) this.#toRepeat.push(...open.outbox.detach());
    const unanswered = [...this.#hands, ...this.#queue];
    for (const delivery of unanswered) delivery.void();
    if (!isOrdered(this.needs.options)) this.#toGiveBack.push(...unanswered);
    else this.#toRepeat = [];
    this.#hands.clear();
    this.#queue = [];
  }

  fetch(max: number, signal?: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#closed || signal?.aborted === true) return Promise.resolve([]);
    this.#ask(max);
    if (this.#queue.length > 0 && this.#fetches.length === 0) return Promise.resolve(this.#take(max));
    return this.#wait(max, signal);
  }

  async #wait(max: number, signal: AbortSignal | undefined): Promise<readonly Delivery[]> {
    const { promise, resolve } = Promise.withResolvers<readonly Delivery[]>();
    const fetch = { max, resolve };
    const giveUp = (): void => this.#giveUp(fetch);
    this.#fetches.push(fetch);
    signal?.addEventListener('abort', giveUp, { once: true });
    const deliveries = await promise;
    signal?.removeEventListener('abort', giveUp);
    return deliveries;
  }

  #giveUp(fetch: Fetch): void {
    this.#fetches = this.#fetches.filter((other) => other !== fetch);
    fetch.resolve([]);
  }

  /** Asks for more when half of what may be sent ahead is used up. */
  #ask(max: number): void {
    const pulls = this.#attachment?.pulls;
    if (pulls === undefined) return;
    const ahead = Math.min(Math.max(max, 1) * AHEAD, MAX_AHEAD);
    const missing = ahead - pulls.credit - this.#queue.length;
    if (missing * 2 >= ahead) pulls.ask(missing);
  }

  #askForWaiting(): void {
    const [waiting] = this.#fetches;
    if (waiting !== undefined) this.#ask(waiting.max);
  }

  #take(max: number): readonly Delivery[] {
    const taken = this.#queue.splice(0, Math.max(max, 1));
    for (const delivery of taken) this.#hands.add(delivery);
    this.#ask(max);
    return taken;
  }

  #arrived(message: Msg): void {
    const delivery = new JetStreamDelivery(message, this.#host.fromServer(message.subject), this);
    if (isOrdered(this.needs.options) && !this.#follows(delivery)) return;
    const { maxDeliver = Infinity } = this.needs.options;
    if (delivery.attempt > maxDeliver + UNSEEN_DELIVERIES) {
      this.#bury(delivery);
      return;
    }
    // Its ack wait was over before anybody took it: the answer to the later one counts.
    if (delivery.attempt > 1) this.#queue = this.#queue.filter(({ seq }) => seq !== delivery.seq);
    this.#queue.push(delivery);
    this.#serve();
  }

  /** Of an ordered consumer nothing is passed over: where something is missing, it begins anew after the last ack. */
  #follows({ ordinal, seq }: JetStreamDelivery): boolean {
    const isNext = ordinal === this.#lastOrdinal + 1 && seq > this.#lastSeq;
    if (isNext) {
      this.#lastOrdinal = ordinal;
      this.#lastSeq = seq;
    } else if (this.#attachment !== undefined) {
      void this.#attachAnew(this.#attachment.wire);
    }
    return isNext;
  }

  #serve(): void {
    while (this.#queue.length > 0) {
      const fetch = this.#fetches.shift();
      if (fetch === undefined) return;
      fetch.resolve(this.#take(fetch.max));
    }
  }

  ack(delivery: JetStreamDelivery): void {
    if (this.needs.options.ackPolicy === 'all') this.#settleThrough(delivery);
    else this.#hands.delete(delivery);
    if (isOrdered(this.needs.options)) this.#floor = Math.max(this.#floor, delivery.seq);
    this.#attachment?.outbox.ack(delivery);
  }

  /** It answers for all before it. */
  #settleThrough({ seq }: JetStreamDelivery): void {
    for (const each of this.#hands) {
      if (each.seq > seq) continue;
      each.void();
      this.#hands.delete(each);
    }
  }

  nak(delivery: JetStreamDelivery, delayMs: number): void {
    this.#hands.delete(delivery);
    const { maxDeliver = Infinity } = this.needs.options;
    if (delivery.attempt >= maxDeliver) this.#bury(delivery);
    else this.#attachment?.outbox.nak(delivery, delayMs);
  }

  inProgress(delivery: JetStreamDelivery): void {
    this.#attachment?.outbox.inProgress(delivery);
  }

  forward(delivery: JetStreamDelivery, subject: string, headers: Headers, duplicateKey: string): void {
    this.#hands.delete(delivery);
    const done = this.#publishThenAck(delivery, subject, headers, duplicateKey);
    this.#forwards.add(done);
    const ended = (): void => {
      this.#forwards.delete(done);
    };
    done.then(ended, ended);
  }

  /** Where it is not stored it comes again, unless the connection is gone: then it is given back with the next one. */
  async #publishThenAck(
    delivery: JetStreamDelivery,
    subject: string,
    headers: Headers,
    key: string,
  ): Promise<void> {
    const attachment = this.#attachment;
    try {
      await this.#publish(delivery, this.#host.toServer(subject), headers, key);
      if (this.#attachment === attachment) attachment?.outbox.ack(delivery);
      else this.#toGiveBack.push(delivery);
    } catch (thrown) {
      if (this.#attachment === attachment) attachment?.outbox.nak(delivery, FORWARD_AGAIN_MS);
      else this.#toGiveBack.push(delivery);
      throw thrown;
    }
  }

  async #publish(delivery: JetStreamDelivery, subject: string, headers: Headers, key: string): Promise<void> {
    const publish = (given: Headers, duplicateKey: string) =>
      this.#forwarder.forward(delivery, subject, given, duplicateKey);
    if (!isVerdict(delivery, headers)) await publish(headers, key);
    else await publishVerdict(delivery, headers, key, { publish, headersAt: this.#host.headersAt });
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
    await Promise.all(this.#forwards);
    if (this.#attachment !== undefined) await this.#attachment.outbox.confirmed();
    else if (this.#toRepeat.length > 0) throw notConnected();
  }

  /** What is unanswered is given back, in order; answers that were given are confirmed, where the server still is. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const fetch of this.#fetches.splice(0)) fetch.resolve([]);
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
    const unanswered = [...this.#hands, ...this.#queue].toSorted(byPosition);
    this.#hands.clear();
    this.#queue = [];
    for (const delivery of unanswered) {
      delivery.void();
      this.#attachment?.outbox.nak(delivery, 0);
    }
    // Where the server is gone, what it did not hear of comes again.
    await Promise.allSettled([...this.#forwards]);
    await this.#attachment?.outbox.confirmed().catch(() => undefined);
  }

  /** Nothing more is delivered: it was forgotten. */
  end(): void {
    this.#closed = true;
    this.detach();
    for (const fetch of this.#fetches.splice(0)) fetch.resolve([]);
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
    for (const delivery of this.#queue) delivery.inProgress();
  }

  /** What the server says of itself: up to here it will not ask again. */
  knowFloor(seq: number): void {
    this.#floor = Math.max(this.#floor, seq);
  }

  #lost(wire: Wire): void {
    this.#isLost = true;
    setTimeout(() => {
      if (this.#isLost && this.#wire === wire) void this.#attachAnew(wire);
    }, ASK_AGAIN_MS).unref();
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

function byPosition(a: JetStreamDelivery, b: JetStreamDelivery): number {
  return a.seq - b.seq;
}

function notConnected(): HealthosError {
  const message = 'The connection to the NATS server broke before the answers were confirmed.';
  return new HealthosError('bus/unavailable', message, { retryAfter: 1 });
}
