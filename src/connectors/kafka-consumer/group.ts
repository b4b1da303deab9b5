/** What a member of a consumer group and its coordinator say to each other beyond what the client offers. */
import type { PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import { causeChain } from '../faults.ts';

const moved: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** True where the group shares out its partitions anew, and the client joins again by itself. */
export function groupMoved(error: unknown): boolean {
  return causeChain(error).some((cause) => 'type' in cause && moved.has(cause.type));
}

/** What of the client's inner parts is used; its types leave out the request that is needed. */
interface Coordinator {
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}
interface GroupCluster {
  findGroupCoordinator(request: { groupId: string }): Promise<Coordinator>;
  readonly brokerPool: { findConnectedBroker(): Promise<AskedBroker> };
}
interface AskedBroker {
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<unknown>;
}

const GROUP_COORDINATOR = 0;

/**
 * Rejects where the account may not use the group. The client would ask one broker after the other who coordinates it, and
 * keep to itself what they say. Whatever else is wrong the joining finds out.
 */
export async function assertPermitted(cluster: GroupCluster, groupId: string): Promise<void> {
  try {
    const broker = await cluster.brokerPool.findConnectedBroker();
    await broker.findGroupCoordinator({ groupId, coordinatorType: GROUP_COORDINATOR });
  } catch (thrown) {
    if (causeChain(thrown).some((cause) => 'type' in cause && cause.type === FORBIDDEN)) throw thrown;
  }
}

const FORBIDDEN = 'GROUP_AUTHORIZATION_FAILED';

/** The round robin of the client, which on the way hands out the consumer's own connections. */
export function assignerThatTells(tell: (cluster: GroupCluster) => void): PartitionAssigner {
  return (config) => {
    // Its type tells only of metadata; the object is the consumer's whole cluster.
    tell(config.cluster as unknown as GroupCluster);
    return kafkajs.PartitionAssigners.roundRobin(config);
  };
}

/**
 * Takes a member out of the group that could not leave it, since its connection was gone. Otherwise the group would wait
 * for it, up to the session's timeout, before it gives its partitions to anybody. Never rejects.
 */
export async function leaveFor(cluster: GroupCluster, groupId: string, memberId: string): Promise<void> {
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    await coordinator.leaveGroup({ groupId, memberId });
  } catch {
    // It has left, the session is over, or the next request tells what is wrong.
  }
}

export type { GroupCluster };
