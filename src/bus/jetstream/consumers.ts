/** The consumers that one thread has open, over all the connections that follow each other. */
import type { JetStreamConsumer } from './consumer.ts';
import type { Wire } from './wire.ts';

/** The ack floors are asked for every so many looks. */
const FLOORS_EVERY = 5;

export class Consumers {
  readonly #open = new Set<JetStreamConsumer>();
  #looks = 0;

  add(consumer: JetStreamConsumer): void {
    this.#open.add(consumer);
  }

  left(consumer: JetStreamConsumer): void {
    this.#open.delete(consumer);
  }

  /** Ends those of these names at the server: nothing more is delivered to them. */
  end(names: readonly string[]): void {
    for (const consumer of [...this.#open]) {
      if (!names.includes(consumer.needs.name)) continue;
      this.#open.delete(consumer);
      consumer.end();
    }
  }

  /** Resolves when each stands on the connection, or is known not to. */
  async reconnect(wire: Wire): Promise<void> {
    await Promise.all([...this.#open].map((consumer) => consumer.reconnect(wire)));
  }

  detach(): void {
    for (const consumer of this.#open) consumer.detach();
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((consumer) => consumer.close()));
  }

  /** Called every second. */
  look(wire: Wire | undefined): void {
    const now = performance.now();
    for (const consumer of this.#open) consumer.look(now);
    this.#looks += 1;
    if (this.#looks % FLOORS_EVERY === 0 && wire !== undefined) void this.#learnFloors(wire);
  }

  /** So that a consumer which is deleted begins anew where it was. */
  async #learnFloors({ jsm }: Wire): Promise<void> {
    for (const consumer of this.#open) {
      const { stream, name } = consumer.needs;
      const info = await jsm.consumers.info(stream, name).catch(() => undefined);
      if (info !== undefined) consumer.knowFloor(info.ack_floor.stream_seq);
    }
  }
}
