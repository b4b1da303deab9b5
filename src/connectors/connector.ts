/**
 * The contract of a connector: what its author writes, and what the gateway does with it.
 *
 * A kind is one folder: `index.ts` (the code, or where it is loaded from), `config.ts` (its Joi schema, defaults, descriptions), `README.md`. It is
 * listed in `registry.ts`. Its life is `machines/connector.machine.ts`: the actor calls `connect`, then `run`, then
 * `close`, and owns every retry; a connector never reconnects by itself.
 */
import type { ObjectSchema } from 'joi';
import type { RateLimit } from '../config/definition.ts';
import type { ErrorCode } from '../errors.ts';
import type { Logger } from '../logging.ts';
import type { Deliver } from '../messages/envelope.ts';
import type { ObjectStore } from '../bus/message-bus.ts';
import type { IngressHost } from '../http/ingress-host.ts';
import type { Journey } from '../store/journal.ts';
import type { ReleaseName } from '../validation/fhir/releases.ts';
import type { Verdict } from '../validation/issue.ts';
import type { Payload } from '../validation/on-demand.ts';

export interface Connector {
  /**
   * Opens what it needs. Called before every `run`, and again after a failure: begins by releasing what an earlier try
   * left open. Rejects with a HealthosError: kind `retry` leads to backoff, `fix` to `stopped.failed`, `bug` to a
   * restart by the supervisor. Must settle soon after the signal aborts.
   */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * Takes messages in until the signal aborts (then resolves, nothing half taken), its source ends for good (resolves:
   * `stopped.ended`), or it fails (rejects, as `connect`). A message may be acknowledged to its sender only after
   * `deliver` has resolved. It may call `deliver` many times at once where its source allows. A connector that fetches
   * rejects with what `deliver` rejected with, its message unacknowledged: the actor waits and connects anew, and the
   * source gives the message again.
   */
  run(deliver: Deliver, signal: AbortSignal): Promise<void>;
  /** Releases everything. Called in any state, any number of times; never rejects. */
  close(): Promise<void>;
  /**
   * How many messages wait at the source for this connector (of a group: in what it was assigned), asked every few
   * seconds while `run` runs; null where that cannot be told. One that holds messages and delivers none is taken to be
   * stalled, and connected anew; a lag that shrinks counts as delivery, for what is passed over. A connector has it if it
   * fetches, and only then: what it delivers waits for its turn by `rate_limit`.
   */
  lag?(): Promise<number | null>;
}

/** One that fetches what its source holds. */
export type FetchingConnector = Required<Connector>;

/** What the gateway lends a connector. */
export interface ConnectorContext {
  readonly id: string;
  readonly name: string;
  readonly log: Logger;
  /**
   * True while messages are accepted: while `running.consuming`, and while `running.stalled`, which a message ends.
   * `deliver` refuses otherwise.
   */
  accepting(): boolean;
  /**
   * Calls back with each change of `accepting`, for a connector that fetches: it stops fetching while nothing is
   * accepted. The answer ends it; so does the gateway when it uses the connector no more.
   */
  onAccepting(listener: (accepting: boolean) => void): () => void;
  /** Where routes of the one HTTP server are taken up and given back. */
  readonly ingress: IngressHost;
  /** For bodies too large to hold. */
  readonly objects: ObjectStore;
  /** Counts a message that was turned away before `deliver` saw it; the code is for the metrics. */
  countRefused(code?: ErrorCode): void;
  /**
   * How fast messages are taken in; undefined: as fast as they come. Who is sent to refuses beyond it, or reads later. Where
   * a connector fetches, `deliver` waits; it should take no more in hand than a second lets through.
   */
  readonly rateLimit?: RateLimit | undefined;
  /**
   * Lets what waits for its turn by the rate limit pass at once. A connector that fetches calls it where it has to end by
   * itself: nobody shall wait for that.
   */
  hurry(): void;
  /** As `Journal.verdict`: the journey once it has a verdict, undefined when the time (milliseconds) is over. */
  verdict(dataId: string, timeoutMs: number): Promise<Journey | undefined>;
  /** The control number of the next interchange that we send (X12, ISA13): `ControlNumbers.next`. */
  controlNumber(): Promise<number>;
  /** The verdict on a payload as validation would give it to this connector's message; nothing is stored. */
  judge(payload: Payload): Promise<Verdict>;
  /** The release of FHIR that this connector's messages are validated against where they name none. */
  readonly fhirRelease: ReleaseName;
}

export interface ConnectorKind<Config extends object> {
  /** As in the service definition: `config.type`. */
  readonly kind: string;
  readonly direction: 'inbound' | 'outbound';
  /** One sentence for the reference page. */
  readonly description: string;
  /** The schema of `config` without `type`; every key with default and description. */
  readonly schema: ObjectSchema<Config>;
  create(config: Config, context: ConnectorContext): Connector;
}

/** Declares a kind; the type of its configuration is checked against its schema. */
export function defineConnector<Config extends object>(kind: ConnectorKind<Config>): ConnectorKind<Config> {
  return kind;
}
