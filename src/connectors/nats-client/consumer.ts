/** The durable consumer of a stream: made where it is missing, else taken as it is where it suits. */
import { AckPolicy, DeliverPolicy, nanos, NatsError } from 'nats';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager, NatsConnection, StreamConfig } from 'nats';
import { HealthosError } from '../../errors.ts';
import { asNatsFault, natsFault, withoutJetStream } from '../../nats/faults.ts';
import type { NatsPlace } from '../../nats/faults.ts';
import type { DeliverPolicyName, NatsClientConfig } from './config.ts';
import { strangers } from './subjects.ts';

export interface DurableConsumer {
  readonly stream: string;
  readonly name: string;
  /** When the stream was made, as the server writes it. */
  readonly created: string;
  readonly ackWaitMs: number;
  /** The most messages that one request may ask for. */
  readonly maxBatch: number;
  /** Rejects with a fault where the consumer, the stream or the server is gone. */
  check(): Promise<void>;
  /** Messages that wait at the server, or are on their way through us. */
  lag(): Promise<number>;
}

export interface Wanted extends Pick<NatsClientConfig, 'subjects' | 'ack_wait' | 'max_ack_pending'> {
  readonly stream: string;
  readonly durable: string;
  readonly deliver_policy?: DeliverPolicyName | undefined;
}

const API_LIMIT_MS = 1_500;
const ACK_WAIT_S = 10;
const MAX_ACK_PENDING = 2_048;

/** Rejects with a fault of `nats/faults.ts`, or `config/invalid` where a consumer of that name does not suit. */
export async function openConsumer(
  connection: NatsConnection,
  wanted: Wanted,
  at: NatsPlace,
): Promise<DurableConsumer> {
  const { stream, durable } = wanted;
  const place = { ...at, stream, durable };
  const told = <T>(call: Promise<T>) =>
    call.catch((thrown: unknown) => Promise.reject(faultOf(thrown, connection, place)));
  const manager = await told(connection.jetstreamManager({ checkAPI: false, timeout: API_LIMIT_MS }));
  const { created, config: held } = await told(manager.streams.info(stream));
  const missing = missingSubjects(held, wanted);
  if (missing.length > 0) throw withoutSubjects(missing, held, place);
  const { config } = await told(foundOrMade(manager, wanted));
  const differences = differencesOf(config, wanted);
  if (differences.length > 0) throw unsuitable(wanted, place, differences);
  const info = () => told(manager.consumers.info(stream, durable));
  return {
    stream,
    name: durable,
    created,
    ackWaitMs: (config.ack_wait ?? nanos(30_000)) / 1e6,
    maxBatch: config.max_batch ?? Infinity,
    check: async () => {
      await info();
    },
    lag: async () => lagOf(await info()),
  };
}

/** What a stream takes from other streams, or calls otherwise, cannot be told by its subjects. */
function missingSubjects(held: StreamConfig, { subjects = [] }: Wanted): readonly string[] {
  const { mirror, sources, subject_transform: transform } = held;
  const isPlain = mirror === undefined && sources === undefined && transform === undefined;
  return isPlain ? strangers(subjects, held.subjects) : [];
}

/** The server takes a filter that nothing can ever match: that would be a connector which waits for ever. */
function withoutSubjects(
  missing: readonly string[],
  { subjects }: StreamConfig,
  { side, server, stream = '' }: NatsPlace,
): HealthosError {
  const sentence = `Stream ${stream} at ${server} holds ${subjects.join(', ')}, and nothing of ${missing.join(', ')} (${side.setting('subjects')}).`;
  return natsFault('unknown-stream', sentence, side);
}

function lagOf({ num_pending, num_ack_pending }: ConsumerInfo): number {
  return num_pending + num_ack_pending;
}

/** Asked for first: a user that may not make consumers may still read one that is there. */
async function foundOrMade(manager: JetStreamManager, wanted: Wanted): Promise<ConsumerInfo> {
  try {
    return await manager.consumers.info(wanted.stream, wanted.durable);
  } catch (thrown) {
    if (!(thrown instanceof NatsError) || thrown.api_error?.err_code !== NOT_FOUND) throw thrown;
    return manager.consumers.add(wanted.stream, configOf(wanted));
  }
}

const NOT_FOUND = 10014;

/** Nothing is given up after so many deliveries: what the bus cannot store now, it will. */
function configOf(wanted: Wanted): Partial<ConsumerConfig> {
  const { durable, subjects, deliver_policy = 'all' } = wanted;
  return {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: deliverPolicies[deliver_policy],
    ack_wait: nanos((wanted.ack_wait ?? ACK_WAIT_S) * 1000),
    max_ack_pending: wanted.max_ack_pending ?? MAX_ACK_PENDING,
    max_deliver: -1,
    ...filterOf(subjects),
  };
}

const deliverPolicies = {
  all: DeliverPolicy.All,
  new: DeliverPolicy.New,
  last: DeliverPolicy.Last,
  last_per_subject: DeliverPolicy.LastPerSubject,
} as const;

/** One subject in the form that servers before 2.10 know too. */
function filterOf(subjects: readonly string[] = []): Partial<ConsumerConfig> {
  const [first, ...more] = subjects;
  if (first === undefined) return {};
  return more.length === 0 ? { filter_subject: first } : { filter_subjects: [...subjects] };
}

/** What of a consumer that was there does not suit, each as a sentence; settings that are not in the file do not matter. */
export function differencesOf(config: ConsumerConfig, wanted: Wanted): readonly string[] {
  const { ack_wait: ackWait, max_ack_pending: most } = wanted;
  const filter = config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []);
  const found = [
    Object.hasOwn(config, 'deliver_subject') && 'it pushes (deliver_subject), and we pull',
    config.ack_policy !== AckPolicy.Explicit && `its ack_policy is ${config.ack_policy}, not explicit`,
    (config.max_deliver ?? -1) > 0 &&
      `it gives a message up after ${config.max_deliver} deliveries (max_deliver)`,
    !sameSubjects(filter, wanted.subjects ?? []) &&
      `it reads ${listed(filter)}, and subjects says ${listed(wanted.subjects ?? [])}`,
    ackWait !== undefined &&
      config.ack_wait !== nanos(ackWait * 1000) &&
      `its ack_wait is ${(config.ack_wait ?? 0) / 1e9} s, and the file says ${ackWait} s`,
    most !== undefined &&
      config.max_ack_pending !== most &&
      `its max_ack_pending is ${config.max_ack_pending}, and the file says ${most}`,
  ];
  return found.filter((sentence) => sentence !== false);
}

function sameSubjects(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join(' ') === [...other].sort().join(' ');
}

function listed(subjects: readonly string[]): string {
  return subjects.length === 0 ? 'all subjects of the stream' : subjects.join(', ');
}

function unsuitable(
  { stream, durable }: Wanted,
  { server }: NatsPlace,
  differences: readonly string[],
): HealthosError {
  return new HealthosError(
    'config/invalid',
    `Consumer ${durable} of stream ${stream} at ${server} does not suit: ${differences.join('; ')}. Mend one of the two, or name another in durable.`,
  );
}

/** A bare 503 comes where there is no JetStream at all, and also while a cluster elects a leader. */
function faultOf(thrown: unknown, { info }: NatsConnection, place: NatsPlace): HealthosError {
  const silent = thrown instanceof NatsError && thrown.code === '503' && thrown.api_error === undefined;
  if (silent && info?.jetstream !== true)
    return natsFault('protocol', withoutJetStream(place), place.side, thrown);
  return refusedConsumer(thrown, place) ?? asNatsFault(thrown, place);
}

/** The numbers of the server for a second consumer where a work queue allows one. */
const ONE_READER: ReadonlySet<unknown> = new Set([10099, 10100]);

/** What the server will not make of a consumer, in its own words; undefined for anything else. */
function refusedConsumer(thrown: unknown, { server, stream, durable }: NatsPlace): HealthosError | undefined {
  const refusal = thrown instanceof NatsError ? thrown.api_error : undefined;
  if (refusal?.code !== 400) return undefined;
  const advice = ONE_READER.has(refusal.err_code)
    ? 'The stream is a work queue, and somebody reads it already: name that consumer in durable, or other subjects.'
    : 'Mend durable, subjects, ack_wait or max_ack_pending.';
  return new HealthosError(
    'config/invalid',
    `${server} does not make consumer ${durable} of stream ${stream}: ${refusal.description} (${refusal.err_code}). ${advice}`,
    { cause: thrown },
  );
}
