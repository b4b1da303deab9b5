/** The member of a consumer group: what it opens, reads, and leaves. */
import type { Consumer } from 'kafkajs';
import { HealthosError } from '../../errors.ts';
import type { ConnectorContext, FetchingConnector } from '../connector.ts';
import { createClient, type Client } from './client.ts';
import type { KafkaConsumerConfig, WrittenConfig } from './config.ts';
import { faultOf, isAmbiguous, mismatch, unknownTopic } from './faults.ts';
import { assertPermitted, assignerThatTells, type GroupCluster, leaveFor } from './group.ts';
import { LagMeter } from './lag.ts';
import { Member } from './member.ts';
import { listenerProtocol } from './probe.ts';

/** What is open between `connect` and `close`. */
interface Session {
  readonly client: Client;
  readonly consumer: Consumer;
  readonly member: Member;
  readonly lag: LagMeter;
}

/** How long the group is given to take note that a member leaves; milliseconds. */
const LEAVE_MS = 1200;

export function openKafkaConsumer(written: WrittenConfig, context: ConnectorContext): FetchingConnector {
  const config: KafkaConsumerConfig = { group_id: `healthos-${context.id}`, ...written };
  let session: Session | undefined;
  let closing: Promise<void> = Promise.resolve();
  /** The last membership: where its connection broke, it still stands in the group. */
  let former: string | undefined;

  async function connect(signal: AbortSignal): Promise<void> {
    await close();
    signal.throwIfAborted();
    const client = await createClient(config, context.id, context.log);
    const abort = () => client.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      session = await open(client, config, context, former);
      former = undefined;
    } catch (thrown) {
      client.destroy();
      throw await explained(thrown, config, signal);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async function close(): Promise<void> {
    const open = session;
    session = undefined;
    if (open !== undefined) {
      former = open.member.id ?? former;
      closing = leave(open);
    }
    await closing;
  }

  return {
    connect,
    close,
    async run(deliver, signal) {
      if (session === undefined)
        throw new HealthosError('internal/bug', 'It runs only when it is connected.');
      const { member, consumer } = session;
      try {
        await member.consume(deliver, signal);
      } catch (thrown) {
        throw await explained(thrown, config, signal);
      } finally {
        // It leaves the group at once: `close` waits for that.
        consumer.stop().catch(ignore);
      }
    },
    // Before it has joined the group it reads no partition, and nobody can tell.
    lag: () =>
      session?.member.id === undefined
        ? Promise.resolve(null)
        : session.lag.measure(session.member.assignment),
  };
}

async function open(
  client: Client,
  config: KafkaConsumerConfig,
  context: ConnectorContext,
  former: string | undefined,
): Promise<Session> {
  let cluster: GroupCluster | undefined;
  const consumer = client.kafka.consumer(
    consumerOptions(config, (own) => {
      cluster = own;
    }),
  );
  const member = new Member(consumer, config, context);
  await consumer.connect();
  await subscribe(consumer, client, config);
  if (cluster !== undefined) await assertPermitted(cluster, config.group_id);
  if (cluster !== undefined && former !== undefined) await leaveFor(cluster, config.group_id, former);
  return { client, consumer, member, lag: new LagMeter(client.kafka, config) };
}

function consumerOptions(config: KafkaConsumerConfig, tell: (cluster: GroupCluster) => void) {
  return {
    groupId: config.group_id,
    partitionAssigners: [assignerThatTells(tell)],
    sessionTimeout: config.session_timeout_ms,
    heartbeatInterval: config.heartbeat_interval_ms,
    rebalanceTimeout: config.rebalance_timeout_ms,
    metadataMaxAge: config.metadata_max_age_ms,
    maxWaitTimeInMs: config.fetch_max_wait_ms,
    minBytes: config.fetch_min_bytes,
    maxBytes: config.fetch_max_bytes,
    maxBytesPerPartition: config.max_partition_fetch_bytes,
    readUncommitted: config.isolation_level === 'read_uncommitted',
    allowAutoTopicCreation: false,
    // For joining while others join too; what is a fault comes through in a second, and is the actor's to try again.
    retry: {
      retries: 3,
      initialRetryTime: 100,
      maxRetryTime: 400,
      restartOnFailure: () => Promise.resolve(false),
    },
  };
}

async function subscribe(consumer: Consumer, client: Client, config: KafkaConsumerConfig): Promise<void> {
  const topics = config.topics ?? (await matching(client, config));
  if (topics.length === 0) throw unknownTopic(config);
  await consumer.subscribe({ topics: [...topics], fromBeginning: config.auto_offset_reset === 'earliest' });
}

/** Topics of Kafka's own begin with two underscores, and are never among them. */
async function matching({ kafka }: Client, { topic_pattern = '' }: KafkaConsumerConfig): Promise<string[]> {
  const pattern = new RegExp(`^(?:${topic_pattern})$`, 'u');
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    return topics.filter((topic) => !topic.startsWith('__') && pattern.test(topic));
  } finally {
    admin.disconnect().catch(ignore);
  }
}

/** Where only a connection ended, the listener itself is asked whether it speaks what is configured. */
async function explained(
  thrown: unknown,
  config: KafkaConsumerConfig,
  signal: AbortSignal,
): Promise<HealthosError> {
  const fault = faultOf(thrown, config);
  if (signal.aborted || !isAmbiguous(fault)) return fault;
  const [server = ''] = config.bootstrap_servers;
  const speaks = await listenerProtocol(server);
  return speaks === undefined || speaks === config.security_protocol
    ? fault
    : mismatch(config, server, speaks);
}

/** Leaves the group, and ends every connection that is still open after its time. Never rejects. */
async function leave({ client, consumer, lag }: Session): Promise<void> {
  lag.close();
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const limit = setTimeout(() => resolve(undefined), LEAVE_MS);
  await Promise.race([consumer.disconnect().catch(ignore), late]);
  clearTimeout(limit);
  client.destroy();
}

function ignore(): void {
  // What is left open ends with its connection.
}
