/**
 * Messages of core subjects, shared with the other members of a queue group. Nobody keeps them: what cannot be stored is
 * lost, unless its sender asked for a reply and so knows.
 */
import type { Msg, NatsConnection, NatsError, Subscription } from 'nats';
import { HealthosError } from '../../errors.ts';
import type { Receipt } from '../../messages/envelope.ts';
import type { ConnectorContext } from '../connector.ts';
import { aboutMessage } from './arrival.ts';
import { Hold } from './intake.ts';
import type { Held, HoldOptions, Intake } from './intake.ts';
import { replyReceived, replyRefused } from './reply.ts';

export interface CoreIntakeOptions extends Pick<HoldOptions<Held>, 'deliver' | 'objects'> {
  readonly connection: NatsConnection;
  readonly subjects: readonly string[];
  readonly queue: string;
  readonly maxPending: number;
  readonly context: Pick<ConnectorContext, 'countRefused' | 'log'>;
  /** Ends the run: nothing can be stored, or the connection does not serve. */
  readonly fail: (thrown: unknown) => void;
}

/** So many bytes may wait to be stored, beside `maxPending` messages. */
const MOST_BYTES = 64 * 1024 * 1024;

export class CoreIntake implements Intake {
  readonly #options: CoreIntakeOptions;
  readonly #hold: Hold<Held>;
  #subscriptions: readonly Subscription[] = [];
  #overflowing = false;

  constructor(options: CoreIntakeOptions) {
    this.#options = options;
    this.#hold = new Hold({
      deliver: options.deliver,
      objects: options.objects,
      stored: (held, receipt) => this.#stored(held, receipt),
      refused: (held, error) => this.#refused(held, error),
    });
  }

  open(): void {
    if (this.#subscriptions.length > 0) return;
    const { connection, subjects, queue } = this.#options;
    const callback = (error: NatsError | null, message: Msg) => this.#hear(error, message);
    this.#subscriptions = subjects.map((subject) => connection.subscribe(subject, { queue, callback }));
  }

  /** The other members of the group get what comes from now on. */
  async shut(): Promise<void> {
    const subscriptions = this.#subscriptions;
    this.#subscriptions = [];
    await Promise.all(subscriptions.filter((one) => !one.isClosed()).map((one) => one.drain()));
    await this.#hold.idle();
    await this.#options.connection.flush();
  }

  #hear(error: NatsError | null, message: Msg): void {
    if (error) this.#options.fail(error);
    else if (this.#isFull(message)) this.#drop(message);
    else this.#hold.take({ message, about: aboutMessage(message) });
  }

  #isFull({ data }: Msg): boolean {
    const { count, bytes } = this.#hold;
    return count >= this.#options.maxPending || (count > 0 && bytes + data.byteLength > MOST_BYTES);
  }

  /** One line of the log for each time that it fills; the metric counts each message. */
  #drop(message: Msg): void {
    const { context, maxPending } = this.#options;
    context.countRefused(overflow.code);
    replyRefused(message, overflow);
    if (!this.#overflowing) context.log.warn({ max_pending: maxPending }, 'nats.messages-dropped');
    this.#overflowing = true;
  }

  #stored(held: Held, receipt: Receipt): void {
    replyReceived(held.message, receipt);
    this.#release(held);
  }

  #refused(held: Held, error: HealthosError): void {
    replyRefused(held.message, error);
    this.#release(held);
    if (!isOfMessage(error)) this.#options.fail(error);
  }

  #release(held: Held): void {
    this.#hold.release(held);
    if (this.#hold.count === 0) this.#overflowing = false;
  }
}

const overflow = new HealthosError(
  'request/rate-limited',
  'More messages wait to be stored than max_pending allows.',
);

/** The next message may fare better, without a new connection. */
function isOfMessage({ code }: HealthosError): boolean {
  return /^(?:request|message)\//.test(code) || code === 'connector/not-consuming';
}
