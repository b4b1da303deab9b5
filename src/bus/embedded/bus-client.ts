/** The bus as one thread sees it: a port to the store's thread, and what waits for its answers. */
import type { MessagePort } from 'node:worker_threads';
import type { HealthosError } from '../../errors.ts';
import type {
  BusStatus,
  Consumer,
  ConsumerOptions,
  MessageBus,
  OutgoingMessage,
  Stored,
  StoredMessage,
} from '../message-bus.ts';
import { ConsumerClient } from './consumer-client.ts';
import type { ConsumerLink } from './consumer-client.ts';
import { FileObjects } from './file-objects.ts';
import { draft, eachRow, parseHeaders, transferOf } from './packing.ts';
import type {
  Answers,
  PackedRows,
  Refusal,
  Replies,
  Reply,
  Request,
  StoreCounts,
  StoreLink,
  StoreState,
} from './protocol.ts';
import { PublishLanes } from './publish-lanes.ts';
import { asError, Publisher } from './publisher.ts';

/** Where the bus is and how it is used. */
export interface BusPlace {
  readonly url: string;
  readonly objectsFolder: string;
  readonly publishTimeoutMs: number;
}

interface Question {
  resolve(reply: Reply): void;
  reject(error: HealthosError): void;
}

interface OpenConsumer {
  readonly name: string;
  readonly options: ConsumerOptions;
  readonly client: ConsumerClient;
}

type StateListener = (state: StoreState) => void;

const RETRY_AFTER_S = 1;

export class BusClient implements Omit<MessageBus, 'share' | 'close'>, ConsumerLink {
  readonly objects: FileObjects;
  readonly #place: BusPlace;
  readonly #publisher: Publisher;
  readonly #questions = new Map<number, Question>();
  readonly #consumers = new Map<number, OpenConsumer>();
  readonly #listeners = new Set<StateListener>();
  #port: MessagePort | undefined;
  #lanes: PublishLanes | undefined;
  #lastId = 0;
  #ended = false;
  #state: StoreState;

  /** `mayWait`: whether this thread may wait for the disk when it reads bodies. */
  constructor(place: BusPlace, { mayWait }: { readonly mayWait: boolean } = { mayWait: false }) {
    this.#place = place;
    this.#state = { state: 'unavailable', since: Date.now(), reason: 'The bus is being opened.' };
    this.objects = new FileObjects(place.objectsFolder, () => this.#refusal(), mayWait);
    this.#publisher = new Publisher(place.publishTimeoutMs, (batch, drafts) =>
      this.#lanes?.send(batch, drafts),
    );
  }

  get state(): StoreState {
    return this.#state;
  }

  publish({ subject, headers, body, duplicateKey }: OutgoingMessage): Promise<Stored> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(asError(refusal));
    return this.#publisher.publish(draft(subject, headers, body, duplicateKey));
  }

  async consume(name: string, options: ConsumerOptions): Promise<Consumer> {
    const consumer = ++this.#lastId;
    const client = new ConsumerClient(consumer, this);
    const { reset: _reset, ...kept } = options;
    await this.durable((id) => {
      this.#consumers.set(consumer, { name, options: kept, client });
      this.#send({ type: 'open', id, name, options, consumer });
    }).catch((error: unknown) => {
      this.#consumers.delete(consumer);
      throw error;
    });
    return client;
  }

  async leave(consumer: number): Promise<void> {
    this.#consumers.delete(consumer);
    if (this.#port !== undefined) await this.durable((id) => this.#send({ type: 'leave', id, consumer }));
  }

  answer(answers: Answers): void {
    this.#send(answers, answers.forwards === null ? [] : transferOf(answers.forwards.messages));
  }

  async durable(send: (id: number) => void): Promise<void> {
    await this.#question(send);
  }

  async forget(name: string): Promise<boolean> {
    const reply = await this.#question((id) => this.#send({ type: 'forget', id, name }));
    for (const [consumer, open] of this.#consumers) {
      if (open.name !== name) continue;
      this.#consumers.delete(consumer);
      open.client.end();
    }
    return reply.type === 'forgotten' && reply.existed;
  }

  async get(seq: number): Promise<StoredMessage | undefined> {
    const reply = await this.#question((id) => this.#send({ type: 'get', id, seq }));
    return reply.type === 'row' ? onlyRow(reply.rows) : undefined;
  }

  async status(): Promise<BusStatus> {
    const counts = await this.#counts();
    return { kind: 'embedded', url: this.#place.url, ...this.#state, ...counts };
  }

  async #counts(): Promise<StoreCounts> {
    const nothing = { messages: 0, bytes: 0, firstSeq: 1, lastSeq: 0, consumers: [] };
    if (this.#port === undefined) return nothing;
    const reply = await this.#question((id) => this.#send({ type: 'status', id }));
    return reply.type === 'status' ? reply.counts : nothing;
  }

  onState(listener: StateListener): () => void {
    const own: StateListener = (state) => listener(state);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #question(send: (id: number) => void): Promise<Reply> {
    if (this.#port === undefined) return Promise.reject(asError(this.#outOfReach()));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#questions.set(id, { resolve, reject });
      send(id);
    });
  }

  #send(request: Request, transfer: ArrayBuffer[] = []): void {
    this.#port?.postMessage(request, transfer);
  }

  /** The way to the store's thread. What was consumed before is taken up where it stands. */
  attach(link: StoreLink): void {
    const { port } = link;
    const inFlight = () => this.#publisher.inFlight;
    const lanes = new PublishLanes(link, inFlight, (reply) => this.#take(reply));
    this.#port = port;
    this.#lanes = lanes;
    port.on('message', (replies: Replies) => {
      if (this.#port !== port) return;
      lanes.takeStored();
      for (const reply of replies) this.#take(reply);
    });
    for (const [consumer, { name, options, client }] of this.#consumers) {
      this.#send({ type: 'open', id: 0, name, options, consumer });
      client.reattached();
    }
  }

  /** The store's thread is gone. What waits for it is refused; fetches wait for the next one. */
  detach(state: StoreState): void {
    this.#port?.close();
    this.#port = undefined;
    this.#lanes?.close();
    this.#lanes = undefined;
    this.#become(state);
    const refusal = this.#outOfReach();
    this.#publisher.abandon(refusal);
    for (const question of this.#questions.values()) question.reject(asError(refusal));
    this.#questions.clear();
    for (const { client } of this.#consumers.values()) client.detached();
  }

  /** Waits for what was published, and closes the consumers. Later calls reject with `bus/closed`. */
  async drain(): Promise<void> {
    this.#ended = true;
    await this.#publisher.idle();
    const consumers = [...this.#consumers.values()];
    await Promise.allSettled(consumers.map(({ client }) => client.close()));
    await this.objects.close();
  }

  /** Nothing more comes from here or goes there. */
  end(): void {
    this.#ended = true;
    for (const { client } of this.#consumers.values()) client.end();
    this.#listeners.clear();
    this.detach({ state: 'unavailable', since: Date.now(), reason: 'The bus is closed.' });
  }

  #take(reply: Reply): void {
    switch (reply.type) {
      case 'stored': {
        this.#publisher.stored(reply);
        return;
      }
      case 'refused': {
        this.#publisher.refused(reply.batch, reply.refusal);
        return;
      }
      case 'delivered':
        return this.#consumers.get(reply.consumer)?.client.delivered(reply.rows);
      case 'state': {
        this.#become(reply.state);
        return;
      }
      case 'done':
      case 'forgotten':
      case 'row':
      case 'status': {
        this.#answered(reply.id, reply);
        return;
      }
    }
  }

  #answered(id: number, reply: Reply): void {
    this.#questions.get(id)?.resolve(reply);
    this.#questions.delete(id);
  }

  #become(state: StoreState): void {
    const changed = state.state !== this.#state.state;
    this.#state = state;
    if (changed) for (const listener of this.#listeners) listener(state);
  }

  /** Why nothing can be stored now, where that is known already. */
  #refusal(): Refusal | undefined {
    if (this.#ended || this.#port === undefined) return this.#outOfReach();
    if (this.#state.state !== 'full') return undefined;
    return { code: 'bus/full', message: this.#state.reason ?? 'The bus has no room.', retryAfter: 5 };
  }

  #outOfReach(): Refusal {
    if (this.#ended) return { code: 'bus/closed', message: 'The bus is closed.', retryAfter: RETRY_AFTER_S };
    const message = this.#state.reason ?? 'The bus cannot be reached.';
    return { code: 'bus/unavailable', message, retryAfter: RETRY_AFTER_S };
  }
}

function onlyRow(rows: PackedRows): StoredMessage | undefined {
  let found: StoredMessage | undefined;
  eachRow(rows, ({ seq, subject, storedAt, headers, body, size }) => {
    found = { seq, subject, storedAt, headers: parseHeaders(headers), body, size };
  });
  return found;
}
