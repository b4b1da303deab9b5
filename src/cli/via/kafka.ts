/** Payloads to a Kafka topic, each reported with the partition and the offset at which it is stored. */
import { Kafka, logLevel, Partitioners, type Producer, type RecordMetadata, type SASLOptions } from 'kafkajs';
import { causeChain } from '../../connectors/faults.ts';
import { tameRequestQueue } from '../../connectors/kafka-consumer/request-queue.ts';
import { CliError, usageError } from '../errors.ts';
import { shortBytes } from '../format.ts';
import { printable } from '../output.ts';
import type { Payload, Reply, Target, Transmitter } from '../transmit.ts';
import { type BrokerAddress, connectionFault, readAddress } from './broker.ts';

/** What `--json` writes: what the broker said, and null for what it did not. */
interface KafkaAnswer {
  readonly state: 'stored' | 'failed';
  readonly topic: string;
  readonly partition: number | null;
  /** As Kafka counts: a 64-bit number. */
  readonly offset: string | null;
  readonly detail: string | null;
  readonly ms: number;
}

const CONNECT_WAIT_MS = 5000;
const ACK_WAIT_MS = 10_000;

export async function openKafka(target: Target): Promise<Transmitter> {
  const { topic } = target;
  if (topic === undefined) throw usageError('Name the topic with --topic.');
  const address = readAddress(target, { scheme: 'kafka', at: '127.0.0.1:9093' });
  const producer = createProducer(address, target.sasl ?? 'plain');
  try {
    await producer.connect();
  } catch (cause) {
    const why = explain(cause, topic);
    throw new CliError(1, `The Kafka broker at ${address.servers.join(', ')} cannot be used: ${why}`, {
      cause,
    });
  }
  return {
    transmit: (payload) => produce(producer, topic, payload),
    close: () => producer.disconnect(),
  };
}

/** One try a payload: what is reported as failed was not stored by a second one unseen. */
function createProducer(address: BrokerAddress, mechanism: string): Producer {
  tameRequestQueue();
  const sasl = credentialsOf(address, mechanism);
  const kafka = new Kafka({
    clientId: 'healthos-send',
    brokers: [...address.servers],
    connectionTimeout: CONNECT_WAIT_MS,
    authenticationTimeout: CONNECT_WAIT_MS,
    requestTimeout: ACK_WAIT_MS,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
    ...(address.tls === undefined ? {} : { ssl: tlsOf(address.tls) }),
    ...(sasl === undefined ? {} : { sasl }),
  });
  return kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
}

function tlsOf({ ca }: { readonly ca?: string }): true | { readonly ca: string[] } {
  return ca === undefined ? true : { ca: [ca] };
}

function credentialsOf({ user, password }: BrokerAddress, mechanism: string): SASLOptions | undefined {
  if (user === undefined) return undefined;
  if (password === undefined) throw usageError('Give the password with --password or HEALTHOS_PASSWORD.');
  const credentials = { username: user, password };
  if (mechanism === 'scram-sha-256') return { mechanism, ...credentials };
  if (mechanism === 'scram-sha-512') return { mechanism, ...credentials };
  return { mechanism: 'plain', ...credentials };
}

async function produce(producer: Producer, topic: string, payload: Payload): Promise<Reply> {
  const begun = performance.now();
  const answer = { topic, ...(await offer(producer, topic, payload)), ms: performance.now() - begun };
  const { state, partition, offset, detail, ms } = answer;
  const place = offset === null ? topic : `${topic}  partition ${partition} offset ${offset}`;
  const document: KafkaAnswer = answer;
  return { ok: state === 'stored', outcome: state, facts: [place], detail, issues: [], ms, document };
}

export type Said = Omit<KafkaAnswer, 'topic' | 'ms'>;

async function offer(producer: Producer, topic: string, { bytes, contentType }: Payload): Promise<Said> {
  const message = { value: Buffer.from(bytes), headers: { 'content-type': contentType } };
  try {
    return stored(await producer.send({ topic, acks: -1, timeout: ACK_WAIT_MS, messages: [message] }));
  } catch (thrown) {
    return failed(explain(thrown, topic, bytes.length));
  }
}

/** The client resolves without an entry where nothing was sent at all, as to a partition that is not there. */
export function stored([entry]: readonly RecordMetadata[]): Said {
  const offset = entry?.baseOffset ?? entry?.offset;
  if (entry === undefined || offset === undefined) {
    return failed('The broker did not say where it is stored: take it as lost.');
  }
  return { state: 'stored', partition: entry.partition, offset, detail: null };
}

function failed(detail: string): Said {
  return { state: 'failed', partition: null, offset: null, detail };
}

/** By the protocol's name of the error. */
const refusals: Readonly<Record<string, (topic: string, bytes: number) => string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: (topic) => `The broker knows no topic ${topic}: check --topic.`,
  INVALID_TOPIC_EXCEPTION: () => 'That can be no name of a topic: check --topic.',
  TOPIC_AUTHORIZATION_FAILED: (topic) =>
    `This user may not write to the topic ${topic}: check --user and --topic.`,
  CLUSTER_AUTHORIZATION_FAILED: () => 'This user may not do that: check --user.',
  UNSUPPORTED_SASL_MECHANISM: () => 'The broker does not take this SASL mechanism: check --sasl.',
  SASL_AUTHENTICATION_FAILED: () => 'The broker refuses the user or password: check --user and --password.',
  MESSAGE_TOO_LARGE: (_, bytes) =>
    `It is larger (${shortBytes(bytes)}) than the broker's message.max.bytes, or the topic's max.message.bytes.`,
  RECORD_LIST_TOO_LARGE: (_, bytes) =>
    `It is larger (${shortBytes(bytes)}) than a segment of the broker's log.`,
  NOT_ENOUGH_REPLICAS: () => 'Too few replicas are in sync (min.insync.replicas).',
};

/** By the client's class of the error. */
const failures: Readonly<Record<string, string>> = {
  KafkaJSSASLAuthenticationError: 'The broker refuses the user or password: check --user and --password.',
  KafkaJSServerDoesNotSupportApiKey: 'The broker does not take this SASL mechanism: check --sasl.',
  KafkaJSRequestTimeoutError: `There was no answer within ${ACK_WAIT_MS / 1000} s: it may be stored, or not.`,
  KafkaJSConnectionClosedError:
    'The broker closed the connection: it may ask for --user, or for TLS (tls://).',
  KafkaJSBrokerNotFound: 'None of the brokers answers.',
};

/** The client wraps what happened several times over; what is told is the innermost that says something. */
function explain(thrown: unknown, topic: string, bytes = 0): string {
  const chain = causeChain(thrown);
  for (const error of chain.toReversed()) {
    const refused = refusals[typeOf(error)];
    if (refused !== undefined) return refused(topic, bytes);
  }
  const network = connectionFault(thrown);
  if (network !== undefined) return `${network}.`;
  const named = chain.toReversed().find(({ name }) => Object.hasOwn(failures, name));
  return failures[named?.name ?? ''] ?? `It failed (${printable(chain[0]?.name ?? 'unknown')}).`;
}

/** The protocol's name of what a broker refused, such as `MESSAGE_TOO_LARGE`. */
function typeOf(error: Error): string {
  return 'type' in error && typeof error.type === 'string' ? error.type : '';
}
