/** How many messages wait in the partitions that a member of the group reads: by a connection of its own, which is kept. */
import type { Admin, Kafka } from 'kafkajs';
import type { KafkaConsumerConfig } from './config.ts';

/** The partitions by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

const LIMIT_MS = 2000;

export class LagMeter {
  readonly #kafka: Kafka;
  readonly #config: KafkaConsumerConfig;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka, config: KafkaConsumerConfig) {
    this.#kafka = kafka;
    this.#config = config;
  }

  /** Null where it cannot be told, or not within two seconds. Never rejects. */
  async measure(assignment: Assignment): Promise<number | null> {
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const limit = setTimeout(() => resolve(null), LIMIT_MS);
    try {
      return await Promise.race([late, this.#measure(assignment)]);
    } catch {
      this.close();
      return null;
    } finally {
      clearTimeout(limit);
    }
  }

  /** The connection ends on its own time. */
  close(): void {
    const admin = this.#admin;
    this.#admin = undefined;
    admin?.then((opened) => opened.disconnect()).catch(() => undefined);
  }

  async #measure(assignment: Assignment): Promise<number> {
    this.#admin ??= this.#open();
    const admin = await this.#admin;
    const lags = await Promise.all(
      Object.entries(assignment).map(([topic, partitions]) => this.#lagOf(admin, topic, partitions)),
    );
    return lags.reduce((sum, lag) => sum + lag, 0);
  }

  async #open(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }

  async #lagOf(admin: Admin, topic: string, partitions: readonly number[]): Promise<number> {
    // In this order: the client knows no broker to ask for a group before it has looked for a topic.
    const ends = await admin.fetchTopicOffsets(topic);
    const [committed] = await admin.fetchOffsets({ groupId: this.#config.group_id, topics: [topic] });
    const offsets = new Map(
      committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
    );
    return ends
      .filter(({ partition }) => partitions.includes(partition))
      .map(({ partition, high, low }) =>
        this.#waiting(Number(low), Number(high), offsets.get(partition) ?? -1),
      )
      .reduce((sum, lag) => sum + lag, 0);
  }

  /** An offset of -1 was never committed: the group then begins where `auto_offset_reset` says. */
  #waiting(low: number, high: number, committed: number): number {
    const beginning = this.#config.auto_offset_reset === 'earliest' ? low : high;
    return Math.max(0, high - Math.max(low, committed < 0 ? beginning : committed));
  }
}
