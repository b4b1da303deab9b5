/** The connection of a NatsClient, and what it reads by it. */
import type { NatsConnection } from 'nats';
import { connectNats, natsPlace } from '../../nats/connect.ts';
import type { NatsTarget } from '../../nats/connect.ts';
import { asNatsFault } from '../../nats/faults.ts';
import type { Deliver } from '../../messages/envelope.ts';
import type { ConnectorContext, FetchingConnector } from '../connector.ts';
import type { NatsClientConfig } from './config.ts';
import { openConsumer } from './consumer.ts';
import type { DurableConsumer } from './consumer.ts';
import { CoreIntake } from './core-intake.ts';
import type { Intake } from './intake.ts';
import { StreamIntake } from './stream-intake.ts';
import { connectionEnd } from './watch.ts';

/** What `connect` opened. */
interface Open {
  readonly connection: NatsConnection;
  /** Undefined for core subjects. */
  readonly consumer: DurableConsumer | undefined;
}

export class NatsClient implements FetchingConnector {
  readonly #config: NatsClientConfig;
  readonly #context: ConnectorContext;
  readonly #target: NatsTarget;
  #open: Open | undefined;

  constructor(config: NatsClientConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#target = targetOf(config, context.id);
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.close();
    const limitMs = this.#config.connect_timeout * 1000;
    const connection = await connectNats(this.#target, { signal, limitMs });
    try {
      this.#open = { connection, consumer: await this.#openConsumer(connection) };
      signal.throwIfAborted();
    } catch (thrown) {
      this.#open = undefined;
      await connection.close();
      throw thrown;
    }
  }

  /**
   * Reads while messages are accepted. What was taken when it ends is stored and acknowledged, or given back; where the
   * connection is what ended, the server gives it again. After `close` it ends without a fault.
   */
  async run(deliver: Deliver, signal: AbortSignal): Promise<void> {
    const open = this.#open;
    if (open === undefined || signal.aborted) return;
    const { connection } = open;
    const place = natsPlace(this.#target, connection);
    const failing = Promise.withResolvers<never>();
    // Where the connection has ended, that is the reason, and its end tells it.
    const fail = (thrown: unknown) => {
      if (!connection.isClosed()) failing.reject(asNatsFault(thrown, place));
    };
    const intake = this.#intake(open, deliver, fail);
    const ended = connectionEnd(connection, place);
    const broken = ended.then((fault) => (this.#open === open ? Promise.reject(fault) : undefined));
    try {
      await this.#takeIn(intake, signal, [failing.promise, broken]);
    } finally {
      this.#context.hurry();
      await Promise.race([intake.shut().catch(() => undefined), ended]);
    }
  }

  async close(): Promise<void> {
    const connection = this.#open?.connection;
    this.#open = undefined;
    await connection?.close();
  }

  async lag(): Promise<number | null> {
    const lag = await this.#open?.consumer?.lag().catch(() => null);
    return lag ?? null;
  }

  async #takeIn(intake: Intake, signal: AbortSignal, ends: readonly Promise<undefined>[]): Promise<void> {
    const aborted = Promise.withResolvers<undefined>();
    const abort = () => aborted.resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    const shut = () => void intake.shut().catch(() => undefined);
    const forget = this.#context.onAccepting((accepting) => (accepting ? intake.open() : shut()));
    try {
      if (this.#context.accepting()) intake.open();
      await Promise.race([aborted.promise, ...ends]);
    } finally {
      forget();
      signal.removeEventListener('abort', abort);
    }
  }

  #openConsumer(connection: NatsConnection): Promise<DurableConsumer> | undefined {
    const { stream, durable = defaultName(this.#context.id), ...wanted } = this.#config;
    if (stream === undefined) return undefined;
    return openConsumer(connection, { ...wanted, stream, durable }, natsPlace(this.#target, connection));
  }

  #intake({ connection, consumer }: Open, deliver: Deliver, fail: (thrown: unknown) => void): Intake {
    const context = this.#context;
    const shared = { connection, deliver, objects: context.objects, fail };
    const { subjects = [], queue_group: queue = `healthos-${context.id}`, max_pending } = this.#config;
    return consumer
      ? new StreamIntake({
          ...shared,
          consumer,
          inboxPrefix: this.#config.inbox_prefix,
          perSecond: context.rateLimit?.per_second,
        })
      : new CoreIntake({ ...shared, subjects, queue, maxPending: max_pending ?? MAX_PENDING, context });
  }
}

const MAX_PENDING = 4_096;

/** An id may hold dots, and the name of a consumer may not. */
function defaultName(id: string): string {
  return `healthos-${id.replaceAll('.', '_')}`;
}

function targetOf(config: NatsClientConfig, id: string): NatsTarget {
  const { servers, user, password, token, nkeys_seed, tls, tls_hostname: hostname } = config;
  return {
    servers: servers.flatMap((one) => one.split(',')),
    name: config.name ?? `healthos-${id}`,
    user,
    password,
    token,
    nkeys_seed,
    creds: config.creds ?? config.user_credentials,
    tls: hostname === undefined ? tls : { hostname, ...tls },
    inOrder: config.dont_randomize,
    pings: { intervalMs: config.ping_interval * 1000, unanswered: config.max_outstanding_pings },
    ...(config.inbox_prefix !== undefined && { client: { inboxPrefix: config.inbox_prefix } }),
  };
}
