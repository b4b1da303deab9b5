/** The bus as one thread sees it: a connection of its own, and what lasts beyond each connection. */
import { Readable } from 'node:stream';
import type { NatsConnection } from 'nats';
import { HealthosError } from '../../errors.ts';
import { header } from '../../messages/envelope.ts';
import { describeServers } from '../../nats/faults.ts';
import { subjects } from '../subjects.ts';
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
import { Availability, type StateListener } from './availability.ts';
import { JetStreamConsumer } from './consumer.ts';
import type { ConsumerHost } from './consumer.ts';
import { ConsumerNames } from './consumer-names.ts';
import { forgetConsumer } from './consumer-setup.ts';
import { Consumers } from './consumers.ts';
import type { Keeper } from './keeper.ts';
import { busFault, Link } from './link.ts';
import { NatsObjects } from './objects.ts';
import { Publisher, unavailable } from './publisher.ts';
import type { Trouble } from './publisher.ts';
import type { JetStreamSettings } from './settings.ts';
import { Seal } from './seal.ts';
import { ServerRefusal } from './server-refusal.ts';
import { noCounts, StatusReader } from './status.ts';
import type { Counts } from './status.ts';
import { StreamGuard } from './stream-guard.ts';
import { readMessage } from './stream-reader.ts';
import { subjectNames } from './subject-cover.ts';
import type { SubjectNames } from './subject-cover.ts';
import { encodeHeaders } from './wire-headers.ts';
import { Wire } from './wire.ts';

const DEFAULT_GRACE_MS = 3_600_000;
const API_TIMEOUT_MS = 5_000;
const LOOK_MS = 1_000;
const CLOSED = 'The bus is closed.';

export class JetStreamClient implements MessageBus {
  readonly objects: NatsObjects;
  readonly #settings: JetStreamSettings;
  readonly #keeper: Keeper | undefined;
  readonly #names: SubjectNames;
  readonly #seal: Seal;
  readonly #consumerNames: ConsumerNames;
  readonly #publisher: Publisher;
  readonly #status: StatusReader;
  readonly #link: Link;
  readonly #host: ConsumerHost;
  readonly #guard: StreamGuard;
  readonly #availability = new Availability({ code: 'bus/unavailable', message: 'The bus is being opened.' });
  readonly #consumers = new Consumers();
  readonly #refusal = new ServerRefusal(() => this.refresh());
  #wire: Wire | undefined;
  #timer: NodeJS.Timeout | undefined;
  #counts: Counts = noCounts;
  #ended = false;

  constructor(settings: JetStreamSettings, keeper: Keeper | undefined) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#names = subjectNames(settings.names);
    this.#seal = new Seal(settings.seal);
    this.#consumerNames = new ConsumerNames(settings.gateway);
    this.#publisher = new Publisher(settings.publishTimeoutMs, (trouble, error) =>
      this.#troubled(trouble, error),
    );
    this.objects = this.#openObjects();
    this.#status = new StatusReader({
      stream: settings.stream.name,
      localName: (name) => this.#consumerNames.local(name),
      fromServer: this.#names.fromServer,
      objectBytes: () => this.objects.bytes(),
    });
    this.#host = this.#hostOfConsumers();
    this.#guard = new StreamGuard({
      stream: settings.stream.name,
      wire: () => this.#wire,
      tell: (outage) => (this.#availability.outage = outage),
      renew: () => this.#link.renew(),
    });
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
      sealOf: (subject) => this.#sealOf(subject),
      publishEncoded: (subject, headers, body) => publisher.publish(subject, headers, body),
      headersAt: async (seq) => (await this.get(seq))?.headers,
      bodyOf: async (seq) => (await this.get(seq))?.body ?? new Uint8Array(0),
      keepObject: (ref) => this.objects.keep(ref),
      putObject: (body) => this.objects.put(Readable.from([body])),
      get maxPayload() {
        return publisher.maxPayload ?? Infinity;
      },
      left: (consumer) => {
        this.#consumers.left(consumer);
        this.#availability.trouble(consumer, undefined);
      },
      troubled: (consumer, thrown) => this.#consumerTroubled(consumer, thrown),
    };
  }

  /** Resolves when the bus can be used, or is known to be out of reach. */
  async start(): Promise<void> {
    await this.#link.start();
    this.#timer = setInterval(() => this.#consumers.look(this.#wire), LOOK_MS);
    this.#timer.unref();
  }

  async publish({ subject, headers, body, duplicateKey }: OutgoingMessage): Promise<Stored> {
    this.#assertTakesIn();
    const ref = headers[header.bodyRef];
    if (ref !== undefined) await this.objects.keep(ref);
    const sealed = this.#sealOf(subject)?.put(headers) ?? headers;
    const encoded = encodeHeaders(sealed, duplicateKey ?? headers[header.dataId]);
    const stored = await this.#publisher.publish(this.#names.toServer(subject), encoded, body);
    this.#keeper?.stored(encoded.byteLength + body.byteLength);
    return stored;
  }

  async consume(name: string, options: ConsumerOptions): Promise<Consumer> {
    const wire = this.#connected();
    const { stream } = this.#settings;
    const needs = {
      stream: stream.name,
      name: options.perGateway === true ? this.#consumerNames.own(name) : name,
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
    const all = [name, this.#consumerNames.own(name)];
    this.#consumers.end(all);
    const existed = await Promise.all(all.map((each) => forgetConsumer(wire.jsm, stream.name, each)));
    return existed.includes(true);
  }

  async get(seq: number): Promise<StoredMessage | undefined> {
    const wire = this.#connected();
    try {
      const message = await readMessage(wire, this.#settings.stream.name, { seq });
      return message && this.#believed(message);
    } catch (thrown) {
      throw this.#faultOf(thrown);
    }
  }

  #believed(message: StoredMessage): StoredMessage {
    const subject = this.#names.fromServer(message.subject);
    const headers = this.#sealOf(subject)?.take(message.headers) ?? message.headers;
    return { ...message, subject, headers };
  }

  #sealOf(subject: string): Seal | undefined {
    return subject === subjects.ingress ? this.#seal : undefined;
  }

  /** While the server cannot be asked, the counts are the last ones that are known. */
  async status(): Promise<BusStatus> {
    if (this.#wire !== undefined) {
      this.#counts = await this.#status.read(this.#wire).catch(() => this.#counts);
    }
    const url = describeServers(this.#settings.target.servers);
    const notices = this.#keeper?.notices ?? [];
    return { kind: 'jetstream', url, ...this.#availability.state, notices, ...this.#counts };
  }

  onState(listener: StateListener): () => void {
    return this.#availability.listen(listener);
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
    this.#refusal.end();
    await this.#publisher.idle();
    await this.#consumers.close();
    await this.#keeper?.shut();
    this.#detach(new HealthosError('bus/closed', CLOSED));
    await this.#link.end();
    this.#availability.end();
  }

  /** The room of the stream changed, or what is to be said of it. */
  refresh(): void {
    this.#availability.refusal = this.#keeper?.refusal ?? this.#refusal.sentence;
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
    await this.#consumers.reconnect(wire);
    this.#availability.outage = undefined;
  }

  #down(fault: HealthosError): void {
    this.#availability.outage = fault;
    this.#detach(unavailable(fault.message, fault));
    void this.#keeper?.shut();
  }

  /** What waits for the server is refused; fetches wait for the next connection. */
  #detach(error: HealthosError): void {
    this.#wire = undefined;
    this.#publisher.detach(error);
    this.#consumers.detach();
  }

  /** What a failed publish says of the stream is looked into. */
  #troubled(trouble: Trouble, error: HealthosError): void {
    if (trouble !== 'full') this.#guard.look();
    else this.#refusal.set(error.message);
  }

  #consumerTroubled(consumer: JetStreamConsumer, thrown: unknown): void {
    if (thrown === undefined) {
      this.#availability.trouble(consumer, undefined);
      return;
    }
    const { code, message } = this.#faultOf(thrown);
    const sentence = `The consumer ${consumer.needs.name} does not stand: ${message}`;
    this.#availability.trouble(consumer, { code, message: sentence });
    this.#guard.look();
  }

  #connected(): Wire {
    if (this.#ended) throw new HealthosError('bus/closed', CLOSED, { retryAfter: 1 });
    if (this.#wire === undefined)
      throw unavailable(this.#availability.state.reason ?? 'The bus cannot be reached.');
    return this.#wire;
  }

  #assertTakesIn(): void {
    this.#connected();
    const { outage, state } = this.#availability;
    if (outage !== undefined) throw unavailable(outage.message);
    if (state.state === 'full')
      throw new HealthosError('bus/full', state.reason ?? 'The bus has no room.', { retryAfter: 5 });
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
