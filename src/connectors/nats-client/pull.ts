/**
 * Messages of a JetStream pull consumer, as they are asked for: one request at a time, each for as many messages and
 * bytes as there is room for.
 *
 * The client's own `consume()` is not used: it stays open and silent when its consumer is deleted, and what is on its way
 * when it is stopped stays unanswered until the ack wait is over.
 */
import { createInbox, nanos } from 'nats';
import type { Msg, MsgHdrs, NatsConnection, NatsError, Subscription } from 'nats';

export interface PullOptions {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly durable: string;
  readonly inboxPrefix?: string | undefined;
  /** How much may be asked for now; no messages: nothing. */
  readonly room: () => { readonly messages: number; readonly bytes: number };
  readonly onMessage: (message: Msg) => void;
  /** Called every second while it pulls. */
  readonly onTick: () => void;
  /** Looks whether the consumer is still there; rejects where it is not. */
  readonly check: () => Promise<void>;
  readonly fail: (thrown: unknown) => void;
}

/** A server that has nothing to give says so this often; what hears nothing for two and a half beats asks. */
const BEAT_MS = 1_000;
const SILENT_MS = 2_500;
const EXPIRES_MS = 30_000;

export class Puller {
  readonly #options: PullOptions;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #ticking: NodeJS.Timeout;
  #request = 0;
  /** What the request under way may still bring. */
  #asked = 0;
  #heardAt = performance.now();
  #checking = false;
  #stopped = false;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#inbox = createInbox(options.inboxPrefix);
    this.#subscription = options.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => this.#hear(error, message),
    });
    this.#ticking = setInterval(() => this.#tick(), BEAT_MS);
    this.pull();
  }

  /** To be called where there is room again. */
  pull(): void {
    if (this.#stopped || this.#asked > 0) return;
    const { messages, bytes } = this.#options.room();
    if (messages === 0) return;
    const { connection, stream, durable } = this.#options;
    this.#request += 1;
    this.#asked = messages;
    this.#heardAt = performance.now();
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, requestOf(messages, bytes), {
      reply: `${this.#inbox}.${this.#request}`,
    });
  }

  /** Asks for nothing more. Resolves when all that was on its way has come. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#ticking);
    if (!this.#subscription.isClosed()) await this.#subscription.drain();
  }

  #hear(error: NatsError | null, message: Msg): void {
    if (error) {
      this.#options.fail(error);
      return;
    }
    this.#heardAt = performance.now();
    if (message.subject.startsWith(this.#inbox)) this.#hearStatus(message.subject, message.headers);
    else this.#take(message);
  }

  #take(message: Msg): void {
    if (this.#asked > 0) this.#asked -= 1;
    this.#options.onMessage(message);
    if (this.#asked === 0) this.pull();
  }

  /** The server's word on a request: 100 a heartbeat, 408 its time is over, 409 it ended early, 503 nobody is there. */
  #hearStatus(subject: string, headers: MsgHdrs | undefined): void {
    const { code = 0, description = '' } = headers ?? {};
    if (code === 100) return;
    if (code === 503 || /consumer deleted/i.test(description)) void this.#check();
    if (subject !== `${this.#inbox}.${this.#request}`) return;
    this.#asked = 0;
    // What ended for want of time or room is asked for again; for another reason, with the next beat.
    if (code === 408 || /batch completed|exceeds maxbytes/i.test(description)) this.pull();
  }

  #tick(): void {
    this.#options.onTick();
    if (this.#asked === 0) this.pull();
    else if (performance.now() - this.#heardAt > SILENT_MS) void this.#check();
  }

  async #check(): Promise<void> {
    if (this.#checking || this.#stopped) return;
    this.#checking = true;
    try {
      await this.#options.check();
      this.#asked = 0;
      this.pull();
    } catch (thrown) {
      this.#lost(thrown);
    } finally {
      this.#checking = false;
    }
  }

  #lost(thrown: unknown): void {
    if (!this.#stopped) this.#options.fail(thrown);
  }
}

function requestOf(messages: number, bytes: number): string {
  return JSON.stringify({
    batch: messages,
    max_bytes: bytes,
    expires: nanos(EXPIRES_MS),
    idle_heartbeat: nanos(BEAT_MS),
  });
}
