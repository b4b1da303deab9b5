/**
 * One membership of the consumer group, from joining to leaving: hands each batch to the intake, and commits what was
 * stored. It does not retry: the first fault ends it.
 */
import type { Consumer, ConsumerCrashEvent, EachBatchPayload } from 'kafkajs';
import type { ConnectorContext } from '../connector.ts';
import type { Deliver } from '../../messages/envelope.ts';
import { takeBatch, type Intake } from './batch.ts';
import type { KafkaConsumerConfig } from './config.ts';
import { unanswered } from './faults.ts';
import { groupMoved } from './group.ts';
import type { Assignment } from './lag.ts';

/** How many messages of a partition are with the bus at once. */
const IN_FLIGHT = 256;
/** How many partitions are read at once; each is read in its order. */
const PARTITIONS = 16;
/** How often it is committed how far a batch was taken that is still under way: what is slow may be killed. */
const COMMIT_EVERY_MS = 5_000;

export class Member {
  readonly #consumer: Consumer;
  readonly #config: KafkaConsumerConfig;
  readonly #context: ConnectorContext;
  readonly #ended = Promise.withResolvers<undefined>();
  readonly #underWay = new Set<Promise<unknown>>();
  #over = false;
  #assignment: Assignment = {};
  #id: string | undefined;
  /** Counts the times it joined: what belongs to an earlier one is not committed any more. */
  #generation = 0;
  #accepted = Promise.withResolvers<undefined>();

  constructor(consumer: Consumer, config: KafkaConsumerConfig, context: ConnectorContext) {
    this.#consumer = consumer;
    this.#config = config;
    this.#context = context;
    this.#ended.promise.catch(() => undefined);
    this.#watch();
  }

  get assignment(): Assignment {
    return this.#assignment;
  }

  /** As the group's coordinator knows it; undefined before it has joined. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Takes messages in until the signal aborts, then resolves; rejects with what ends it sooner, as it was thrown. */
  async consume(deliver: Deliver, signal: AbortSignal): Promise<void> {
    const stopListening = this.#context.onAccepting((accepting) => this.#accept(accepting));
    const abort = () => this.#ended.resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      this.#accept(this.#context.accepting());
      this.#begin(deliver);
      await this.#ended.promise;
    } finally {
      signal.removeEventListener('abort', abort);
      stopListening();
      await this.#finish();
    }
  }

  #watch(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#assignment = payload.memberAssignment;
      this.#id = payload.memberId;
      this.#generation += 1;
      if (!this.#context.accepting()) this.#pauseAll();
    });
    this.#consumer.on(events.CRASH, ({ payload }: ConsumerCrashEvent) => this.#ended.reject(payload.error));
    // The client would try the request again and again; a broker that keeps silent is to be seen at once.
    this.#consumer.on(events.REQUEST_TIMEOUT, () => this.#ended.reject(unanswered(this.#config)));
  }

  #begin(deliver: Deliver): void {
    const intake = this.#intake(deliver);
    const running = this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: (payload) => this.#track(this.#takeIn(payload, intake)),
    });
    running.catch((error: unknown) => this.#ended.reject(error));
  }

  #intake(deliver: Deliver): Intake {
    const { objects } = this.#context;
    return {
      deliver,
      objects,
      onUndecodable: this.#config.on_undecodable,
      countRefused: (code) => this.#context.countRefused(code),
      admitted: () => this.#admitted(),
    };
  }

  /** Nothing new is begun; what is with the bus is waited for, and committed. */
  async #finish(): Promise<void> {
    this.#over = true;
    this.#context.hurry();
    this.#accepted.resolve(undefined);
    this.#ended.resolve(undefined);
    await Promise.allSettled(this.#underWay);
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #takeIn(payload: EachBatchPayload, intake: Intake): Promise<void> {
    if (this.#over) return;
    const generation = this.#generation;
    const beating = this.#keepBeating(payload);
    let committedAt = performance.now();
    const commit = async (done: number) => {
      if (done > 0 && generation === this.#generation) await this.#commit(payload, done);
      committedAt = performance.now();
    };
    const { topic, partition, messages } = payload.batch;
    const taken = await takeBatch({ topic, partition }, messages, {
      ...intake,
      async admitted(done) {
        if (performance.now() - committedAt > COMMIT_EVERY_MS) await commit(done).catch(beating.lose);
        return beating.lost === undefined ? Promise.race([intake.admitted(done), beating.loss]) : undefined;
      },
    });
    beating.stop();
    await commit(taken.done);
    if (taken.error !== undefined) this.#ended.reject(taken.error);
    if (beating.lost !== undefined) this.#giveBack(beating.lost);
  }

  /** The client joins anew where the group shares out partitions again; anything else ends it. */
  #giveBack(lost: unknown): void {
    if (groupMoved(lost)) throw lost;
    this.#ended.reject(lost);
  }

  async #commit(payload: EachBatchPayload, done: number): Promise<void> {
    const { batch } = payload;
    const last = batch.messages[done - 1];
    if (last === undefined) return;
    payload.resolveOffset(last.offset);
    // Behind the last message of a batch may be records of transactions, which are passed over with it.
    const passed = done === batch.messages.length ? batch.lastOffset() : last.offset;
    const partitions = [{ partition: batch.partition, offset: String(BigInt(passed) + 1n) }];
    try {
      await payload.commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] });
    } catch (error) {
      this.#giveBack(error);
    }
  }

  /** Heartbeats while messages wait for the bus, or for an operator's resume; the client sends none of itself then. */
  #keepBeating(payload: EachBatchPayload): Heartbeats {
    const { promise: loss, resolve } = Promise.withResolvers<undefined>();
    const beats: Heartbeats = {
      lost: undefined,
      loss,
      lose: (error) => {
        beats.lost = error;
        this.#context.hurry();
        resolve(undefined);
      },
      stop: () => clearInterval(timer),
    };
    const timer = setInterval(() => {
      payload.heartbeat().catch(beats.lose);
    }, this.#config.heartbeat_interval_ms);
    return beats;
  }

  async #admitted(): Promise<number | undefined> {
    if (!this.#over) await this.#accepted.promise;
    return this.#over ? undefined : this.#inFlight();
  }

  /** By the rate limit all batches under way have as many in hand as a second lets through, and each has one. */
  #inFlight(): number {
    const { per_second: perSecond = Infinity } = this.#context.rateLimit ?? {};
    return Math.max(1, Math.min(IN_FLIGHT, Math.floor(perSecond / this.#underWay.size)));
  }

  /** Paused partitions stay with this member, and its heartbeats go on: nothing is shared out anew. */
  #accept(accepting: boolean): void {
    if (!accepting) {
      this.#accepted = Promise.withResolvers();
      this.#pauseAll();
    } else {
      this.#accepted.resolve(undefined);
      if (this.#id !== undefined && !this.#over) this.#consumer.resume(this.#consumer.paused());
    }
  }

  #pauseAll(): void {
    if (this.#id === undefined || this.#over) return;
    this.#consumer.pause(
      Object.entries(this.#assignment).map(([topic, partitions]) => ({ topic, partitions: [...partitions] })),
    );
  }
}

interface Heartbeats {
  /** Why the partition may be another member's now. */
  lost: unknown;
  readonly loss: Promise<undefined>;
  readonly lose: (error: unknown) => void;
  stop(): void;
}
