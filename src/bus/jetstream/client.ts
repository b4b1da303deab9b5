/** The bus as one thread sees it: a connection of its own, and what lasts beyond each connection. */
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import { describeThrown, HealthosError } from '../../errors.ts';
import { header } from '../../messages/envelope.ts';
import { describeServers } from '../../nats/faults.ts';
import type {
  BusStatus,
  BusTicket,
  Consumer,
  ConsumerOptions,
  MessageBus,
  OutgoingMessage,
  Stored,
  StoredMessage,
} from '../message-bus.ts';
import { JetStreamConsumer } from './consumer.ts';
import type { ConsumerHost } from './consumer.ts';
import { forgetConsumer } from './consumer-setup.ts';
import { busFault, Link } from './link.ts';
import { NatsObjects } from './objects.ts';
import { Publisher, unavailable } from './publisher.ts';
import type { Trouble } from './publisher.ts';
import type { JetStreamSettings } from './settings.ts';
import { noCounts, StatusReader } from './status.ts';
import type { Counts } from './status.ts';
import { hasStream, readMessage } from './stream-reader.ts';
import { subjectNames } from './subject-cover.ts';
import type { SubjectNames } from './subject-cover.ts';
import { encodeHeaders } from './wire-headers.ts';
import { Wire } from './wire.ts';

type State = Pick<BusStatus, 'state' | 'since' | 'reason'>;
type StateListener = (state: State) => void;

/** What the thread that opened the bus does beyond what every thread does. */
export interface Keeper {
  /** Makes the stream ready, and looks after it as long as the connection lasts. */
  open(wire: Wire): Promise<void>;
  /** Begins to purge, once all is ready. */
  begin(): Promise<void>;
  shut(): Promise<void>;
  /** Why nothing is taken in although the server is there. */
  readonly refusal: string | undefined;
  readonly notices: readonly string[];
  stored(bytes: number): void;
}

const DEFAULT_GRACE_MS = 3_600_000;
const API_TIMEOUT_MS = 5_000;
const LOOK_MS = 1_000;
/** The ack floors are asked for every so many looks. */
const FLOORS_EVERY = 5;
const VERIFY_AGAIN_MS = 250;
const CLOSED = 'The bus is closed.';

export class JetStreamClient implements MessageBus {
  readonly objects: NatsObjects;
  readonly #settings: JetStreamSettings;
  readonly #keeper: Keeper | undefined;
  readonly #names: SubjectNames;
  readonly #publisher: Publisher;
  readonly #status: StatusReader;
  readonly #link: Link;
  readonly #host: ConsumerHost;
  readonly #consumers = new Set<JetStreamConsumer>();
  readonly #troubles = new Map<JetStreamConsumer, string>();
  readonly #listeners = new Set<StateListener>();
  #wire: Wire | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #verifying: Promise<void> | undefined;
  /** Why the server cannot be used; null where it can. */
  #outage: string | null = 'The bus is being opened.';
  #state: State;
  #counts: Counts = noCounts;
  #ended = false;

  constructor(settings: JetStreamSettings, keeper: Keeper | undefined) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#state = { state: 'unavailable', since: Date.now(), reason: this.#outage };
    this.#names = subjectNames(settings.names);
    this.#publisher = new Publisher(settings.publishTimeoutMs, (trouble) => this.#troubled(trouble));
    this.objects = this.#openObjects();
    this.#status = new StatusReader({
      stream: settings.stream.name,
      localName: (name) => this.#localName(name),
      fromServer: this.#names.fromServer,
      objectBytes: () => this.objects.bytes(),
    });
    this.#host = this.#hostOfConsumers();
    this.#link = new Link({
      target: settings.target,
      onOpen: (connection) => this.#open(connection),
      onDown: (fault) => this.#down(fault),
    });
  }

  #openObjects(): NatsObjects {
    return new NatsObjects({
      bucket: this.#settings.stream.name,
      graceMs: this.#settings.objectGraceMs ?? DEFAULT_GRACE_MS,
      wire: () => this.#connected(),
      publish: (subject, headers, body) => this.#publisher.publish(subject, headers, body),
      assertTakesIn: () => this.#assertTakesIn(),
    });
  }

  #hostOfConsumers(): ConsumerHost {
    const publisher = this.#publisher;
    return {
      fromServer: this.#names.fromServer,
      toServer: this.#names.toServer,
      publishEncoded: (subject, headers, body) => publisher.publish(subject, headers, body),
      headersAt: async (seq) => (await this.get(seq))?.headers,
      bodyOf: async (seq) => (await this.get(seq))?.body ?? new Uint8Array(0),
      keepObject: (ref) => this.objects.keep(ref),
      putObject: (body) => this.objects.put(Readable.from([body])),
      get maxPayload() {
        return publisher.maxPayload ?? Infinity;
      },
      left: (consumer) => {
        this.#consumers.delete(consumer);
        this.#troubles.delete(consumer);
      },
      troubled: (consumer, thrown) => this.#consumerTroubled(consumer, thrown),
    };
  }

  /** Resolves when the bus can be used, or is known to be out of reach. */
  async start(): Promise<void> {
    await this.#link.start();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  async publish({ subject, headers, body, duplicateKey }: OutgoingMessage): Promise<Stored> {
    this.#assertTakesIn();
    const ref = headers[header.bodyRef];
    if (ref !== undefined) await this.objects.keep(ref);
    const encoded = encodeHeaders(headers, duplicateKey ?? headers[header.dataId]);
    const stored = await this.#publisher.publish(this.#names.toServer(subject), encoded, body);
    this.#keeper?.stored(encoded.byteLength + body.byteLength);
    return stored;
  }

  async consume(name: string, options: ConsumerOptions): Promise<Consumer> {
    const wire = this.#connected();
    const { stream } = this.#settings;
    const needs = {
      stream: stream.name,
      name: options.perGateway === true ? this.#ownName(name) : name,
      filter: options.filter.map(this.#names.toServer),
      options,
    };
    const consumer = new JetStreamConsumer(needs, this.#host);
    try {
      await consumer.attach(wire);
    } catch (thrown) {
      throw this.#faultOf(thrown);
    }
    this.#consumers.add(consumer);
    if (this.#wire !== wire) consumer.detach();
    return consumer;
  }

  async forget(name: string): Promise<boolean> {
    const { stream } = this.#settings;
    const wire = this.#connected();
    const all = [name, this.#ownName(name)];
    for (const consumer of [...this.#consumers]) {
      if (!all.includes(consumer.needs.name)) continue;
      this.#consumers.delete(consumer);
      consumer.end();
    }
    const existed = await Promise.all(all.map((each) => forgetConsumer(wire.jsm, stream.name, each)));
    return existed.includes(true);
  }

  #ownName(name: string): string {
    return `${name}-${this.#settings.gateway}`;
  }

  #localName(name: string): string {
    const suffix = `-${this.#settings.gateway}`;
    return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  }

  async get(seq: number): Promise<StoredMessage | undefined> {
    const wire = this.#connected();
    try {
      const message = await readMessage(wire, this.#settings.stream.name, { seq });
      return message && { ...message, subject: this.#names.fromServer(message.subject) };
    } catch (thrown) {
      throw this.#faultOf(thrown);
    }
  }

  /** While the server cannot be asked, the counts are the last ones that are known. */
  async status(): Promise<BusStatus> {
    if (this.#wire !== undefined) {
      this.#counts = await this.#status.read(this.#wire).catch(() => this.#counts);
    }
    const url = describeServers(this.#settings.target.servers);
    const notices = this.#keeper?.notices ?? [];
    return { kind: 'jetstream', url, ...this.#state, notices, ...this.#counts };
  }

  onState(listener: StateListener): () => void {
    const own: StateListener = (state) => listener(state);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  share(): BusTicket {
    if (this.#keeper === undefined) {
      throw new HealthosError('internal/bug', 'Only the thread that opened the bus gives tickets.');
    }
    return { ticket: { jetstream: this.#settings } satisfies JetStreamTicket, transfer: [] };
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#publisher.idle();
    await Promise.allSettled([...this.#consumers].map((consumer) => consumer.close()));
    await this.#keeper?.shut();
    this.#detach(new HealthosError('bus/closed', CLOSED));
    await this.#link.end();
    this.#listeners.clear();
  }

  /** The room of the stream changed, or what is to be said of it. */
  refresh(): void {
    const full = this.#keeper?.refusal;
    if (this.#outage !== null) this.#become('unavailable', this.#outage);
    else if (this.#troubles.size > 0) this.#become('unavailable', [...this.#troubles.values()].join(' '));
    else if (full !== undefined) this.#become('full', full);
    else this.#become('ready', null);
  }

  #become(state: BusStatus['state'], reason: string | null): void {
    if (this.#ended) return;
    if (state === this.#state.state) {
      this.#state = { ...this.#state, reason };
      return;
    }
    this.#state = { state, since: Date.now(), reason };
    for (const listener of this.#listeners) listener(this.#state);
  }

  async #open(connection: NatsConnection): Promise<void> {
    const { stream } = this.#settings;
    const jsm = await connection.jetstreamManager({ checkAPI: false, timeout: API_TIMEOUT_MS });
    const wire = new Wire(connection, jsm);
    if (this.#keeper === undefined) await jsm.streams.info(stream.name);
    else {
      // What is purged with the messages are objects, too.
      this.#wire = wire;
      await this.#keeper.open(wire);
      await this.objects.setUp(wire, stream.replicas);
      await this.#keeper.begin();
    }
    this.#wire = wire;
    this.#publisher.attach(wire);
    await Promise.all([...this.#consumers].map((consumer) => consumer.reconnect(wire)));
    this.#outage = null;
    this.refresh();
  }

  #down(fault: HealthosError): void {
    this.#outage = fault.message;
    this.refresh();
    this.#detach(unavailable(fault.message, fault));
    void this.#keeper?.shut();
  }

  /** What waits for the server is refused; fetches wait for the next connection. */
  #detach(error: HealthosError): void {
    this.#wire = undefined;
    this.#publisher.detach(error);
    for (const consumer of this.#consumers) consumer.detach();
  }

  /** What a failed publish says of the stream is looked into. */
  #troubled(trouble: Trouble): void {
    if (trouble !== 'full') this.#verify();
  }

  #consumerTroubled(consumer: JetStreamConsumer, thrown: unknown): void {
    if (thrown === undefined) this.#troubles.delete(consumer);
    else {
      const { message } = this.#faultOf(thrown);
      this.#troubles.set(consumer, `The consumer ${consumer.needs.name} does not stand: ${message}`);
      this.#verify();
    }
    this.refresh();
  }

  /** Asks the server for the stream until it answers; one that is gone is made anew with a new connection. */
  #verify(): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    this.#verifying ??= this.#verifyOn(wire).finally(() => (this.#verifying = undefined));
  }

  async #verifyOn(wire: Wire): Promise<void> {
    const { stream } = this.#settings;
    while (this.#wire === wire && !this.#ended) {
      try {
        if (await hasStream(wire, stream.name)) {
          this.#outage = null;
          this.refresh();
          return;
        }
        this.#outage = `The stream ${stream.name} is gone; it is made anew.`;
        this.refresh();
        await this.#link.renew();
        return;
      } catch (thrown) {
        this.#outage = `No NATS server answers for the stream ${stream.name}: it may be electing a leader, or hang (${describeThrown(thrown).code ?? 'no answer'}).`;
        this.refresh();
      }
      await setTimeout(VERIFY_AGAIN_MS);
    }
  }

  #look(): void {
    const now = performance.now();
    for (const consumer of this.#consumers) consumer.look(now);
    this.#looks += 1;
    if (this.#looks % FLOORS_EVERY === 0) void this.#learnFloors();
  }

  /** So that a consumer which is deleted begins anew where it was. */
  async #learnFloors(): Promise<void> {
    const { stream } = this.#settings;
    for (const consumer of this.#consumers) {
      const { name } = consumer.needs;
      const info = await this.#wire?.jsm.consumers.info(stream.name, name).catch(() => undefined);
      if (info !== undefined) consumer.knowFloor(info.ack_floor.stream_seq);
    }
  }

  #connected(): Wire {
    if (this.#ended) throw new HealthosError('bus/closed', CLOSED, { retryAfter: 1 });
    if (this.#wire === undefined) throw unavailable(this.#state.reason ?? 'The bus cannot be reached.');
    return this.#wire;
  }

  #assertTakesIn(): void {
    this.#connected();
    const { state, reason } = this.#state;
    if (state === 'full')
      throw new HealthosError('bus/full', reason ?? 'The bus has no room.', { retryAfter: 5 });
    if (this.#outage !== null) throw unavailable(this.#outage);
  }

  #faultOf(thrown: unknown): HealthosError {
    const server = describeServers(this.#settings.target.servers);
    return busFault(thrown, server, this.#settings.stream.name);
  }
}

/** What `joinBus` finds in a ticket. */
export interface JetStreamTicket {
  readonly jetstream: JetStreamSettings;
}
