/** What the supervisor tells of its parts: the shapes behind `/admin/connectors`, `/admin/actors` and the state feed. */
import type { LoadedConnector } from '../config/definition.ts';

export const connectorStates = ['idle', 'connecting', 'running', 'backoff', 'stopped'] as const;
export type ConnectorState = (typeof connectorStates)[number];
export type ConnectorSubstate =
  'consuming' | 'paused' | 'draining' | 'stalled' | 'byOperator' | 'ended' | 'failed';

export const connectorCommands = ['start', 'stop', 'restart', 'pause', 'resume'] as const;
export type ConnectorCommand = (typeof connectorCommands)[number];

/** Why a part is in its state. The code is stable, the message is for a person and holds no value of a message. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** One change of one actor's state. States are written `running.consuming`. */
export interface StateChange {
  /** Grows by one with each change of any actor: the id of the server-sent event. */
  readonly id: number;
  readonly actor: string;
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly reason: Reason | null;
  /** RFC 3339. */
  readonly at: string;
}

export interface Counts {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly failed: number;
  readonly bytes: number;
}

/** As in the contract: every key is always there, null where there is nothing. Times are RFC 3339. */
export interface ConnectorStatus {
  readonly id: string;
  readonly name: string;
  readonly direction: 'inbound' | 'outbound';
  readonly kind: string;
  readonly state: ConnectorState;
  readonly substate: ConnectorSubstate | null;
  readonly desired: 'on' | 'off';
  readonly since: string;
  readonly reason: Reason | null;
  readonly attempt: number;
  readonly next_retry_at: string | null;
  readonly last_message_at: string | null;
  readonly lag: number | null;
  readonly counts: Counts;
  readonly config_hash: string;
  readonly transitions: readonly Pick<StateChange, 'at' | 'from' | 'to' | 'event' | 'reason'>[];
}

export interface ActorNode {
  readonly id: string;
  readonly machine: string;
  /** The state value, written `running.consuming`. */
  readonly state: string;
  readonly tags: readonly string[];
  readonly since: string;
  readonly children: readonly ActorNode[];
}

export interface StateFeed {
  /** Calls back with each change from now on; the answer ends it. */
  subscribe(listener: (change: StateChange) => void): () => void;
  /** The newest changes after an id, oldest first, as far as they are still kept (the last 1,000). */
  since(id: number): readonly StateChange[];
}

/** The supervisor as the admin API, the CLI and the tests meet it. */
export interface Supervisor {
  readonly feed: StateFeed;
  connectors(): readonly ConnectorStatus[];
  connector(id: string): ConnectorStatus | undefined;
  /** By id: the connectors' parts of the service definition that are in force and were read after the gateway's start. */
  reread(): ReadonlyMap<string, LoadedConnector>;
  /**
   * Commands a connector and resolves with its status after the command took effect, or at once where `wait` is false.
   * A command whose effect already holds resolves. Rejects with `connector/not-found` or a CommandRefused.
   */
  command(
    id: string,
    command: ConnectorCommand,
    options: { readonly wait: boolean },
  ): Promise<ConnectorStatus>;
  actors(): ActorNode;
  /** The root's state and since when. */
  state(): { readonly state: string; readonly since: string };
  /** Ready when the bus can store and the validator consumes; the reasons say what is missing. */
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /** Drains all parts in order and resolves when everything has stopped. */
  shutdown(): Promise<void>;
}
