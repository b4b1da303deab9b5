/**
 * The bus on a NATS server or a cluster of them: one stream of JetStream, durable consumers that several gateways share,
 * and the object store for large bodies. See `docs/decisions` for what is asked of the stream.
 */
import { watchAdvisories } from './jetstream/advisories.ts';
import type { Advisories } from './jetstream/advisories.ts';
import { JetStreamClient } from './jetstream/client.ts';
import type { Keeper } from './jetstream/keeper.ts';
import { retentionPass } from './jetstream/retention.ts';
import type { RetentionReport } from './jetstream/retention.ts';
import { createRoom } from './jetstream/room.ts';
import type { Room } from './jetstream/room.ts';
import { checkServer } from './jetstream/server-check.ts';
import type { JetStreamBusOptions } from './jetstream/settings.ts';
import { setUpStream } from './jetstream/stream-setup.ts';
import type { Wire } from './jetstream/wire.ts';
import type { MessageBus } from './message-bus.ts';

export type { JetStreamBusOptions } from './jetstream/settings.ts';

/** How often objects are looked through that no message refers to. */
const COLLECT_EVERY_MS = 60_000;

/**
 * Opens the bus. Where the server cannot be reached, or its stream cannot be used, the bus is `unavailable` with the
 * reason and goes on trying: that is no reason for the gateway to end.
 */
export async function openJetStreamBus(options: JetStreamBusOptions): Promise<MessageBus> {
  const { onAdvisory: _onAdvisory, onNotice: _onNotice, ...settings } = options;
  const keeper = new StreamKeeper(options);
  const client = new JetStreamClient(settings, keeper);
  keeper.client = client;
  await client.start();
  return client;
}

/** Makes the stream ready on each connection, purges it, and hears what the server tells of it. */
class StreamKeeper implements Keeper {
  client: JetStreamClient | undefined;
  readonly #options: JetStreamBusOptions;
  #room: Room | undefined;
  #advisories: Advisories | undefined;
  #ofStream: readonly string[] = [];
  #ofServer: readonly string[] = [];
  #collectAt = 0;
  /** A sentence is told once, however often it becomes true. */
  readonly #told = new Set<string>();

  constructor(options: JetStreamBusOptions) {
    this.#options = options;
  }

  async open(wire: Wire): Promise<void> {
    await this.shut();
    const { stream, syncAlways, onAdvisory } = this.#options;
    this.#ofStream = (await setUpStream(wire.jsm, stream)).notices;
    this.#advisories = watchAdvisories(wire.connection, stream.name, (advisory) => onAdvisory?.(advisory));
    void checkServer(wire.connection, { syncAlways }).then((notices) => {
      this.#ofServer = notices;
      this.#tellNotices();
    });
    this.#room = createRoom({
      stream: stream.name,
      pass: () => this.#pass(wire),
      onChange: () => {
        this.client?.refresh();
        this.#tellNotices();
      },
    });
  }

  /** Begins to purge, once all is ready. */
  async begin(): Promise<void> {
    await this.#room?.begin();
  }

  async shut(): Promise<void> {
    this.#advisories?.close();
    await this.#room?.close();
    this.#advisories = undefined;
    this.#room = undefined;
  }

  get refusal(): string | undefined {
    return this.#room?.refusal;
  }

  get notices(): readonly string[] {
    return [...this.#ofStream, ...this.#ofServer, ...(this.#room?.notices ?? [])];
  }

  #tellNotices(): void {
    for (const notice of this.notices) {
      if (this.#told.has(notice)) continue;
      this.#told.add(notice);
      this.#options.onNotice?.(notice);
    }
  }

  stored(bytes: number): void {
    this.#room?.stored(bytes);
  }

  async #pass({ connection, jsm }: Wire): Promise<RetentionReport> {
    const { stream, maxAgeMs } = this.#options;
    const now = Date.now();
    const report = await retentionPass(
      {
        connection,
        jsm,
        stream: stream.name,
        maxAgeMs,
        maxBytes: stream.maxBytes,
        objectBytes: () => this.client?.objects.bytes() ?? Promise.resolve(0),
      },
      now,
    );
    await this.#collect(report.firstAt, now);
    return report;
  }

  async #collect(firstAt: number, now: number): Promise<void> {
    if (now < this.#collectAt) return;
    this.#collectAt = now + Math.min(COLLECT_EVERY_MS, this.#options.objectGraceMs ?? COLLECT_EVERY_MS);
    await this.client?.objects.collect(firstAt, now);
  }
}
