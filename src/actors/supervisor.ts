/** The supervisor: brings the actors to life, commands them, and tells of them. */
import { createActor } from 'xstate';
import { HealthosError } from '../errors.ts';
import { connectorActorId } from '../../machines/index.ts';
import { watchBus } from './bus-watch.ts';
import { systemClock } from './clock.ts';
import { accepted, alreadyHolds, CommandRefused, settled } from './commands.ts';
import { provideRoot } from './provide.ts';
import { createRoster, keepTransition, takeSnapshot } from './roster.ts';
import { createStateTracker } from './state-feed.ts';
import { actorName, shownState, stateName } from './state-names.ts';
import { statusOf } from './connector-status.ts';
import { WorkerSession } from './worker-session.ts';
import type { Actor, AnyActorRef, AnyMachineSnapshot, InspectionEvent, StateValue } from 'xstate';
import type { MessageBus } from '../bus/message-bus.ts';
import type { ConnectorDefinition, LoadedConnector } from '../config/definition.ts';
import type { ConnectorContext } from '../connectors/connector.ts';
import type { IngressHost } from '../http/ingress-host.ts';
import type { OnDemandValidator } from '../validation/on-demand.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { ConnectorMachineEvent, healthosMachine, Supervised } from '../../machines/index.ts';
import type { BusWatch } from './bus-watch.ts';
import type { Clock } from './clock.ts';
import type { ConnectorSnapshot } from './commands.ts';
import type { OpenConnector } from './connector-session.ts';
import type { DesiredStates } from './desired-states.ts';
import type { Ingest } from './gate.ts';
import type { Member, Roster } from './roster.ts';
import type { StateTracker } from './state-feed.ts';
import type {
  ActorNode,
  ConnectorCommand,
  ConnectorStatus,
  StateChange,
  StateFeed,
  Supervisor,
} from './status.ts';
import type { ManagedJournal, ManagedWorker, StartWorker } from './worker-session.ts';

export interface SupervisorOptions {
  /** The connectors, as the service definition has them; their ids are unique. */
  readonly connectors: readonly ConnectorDefinition[];
  readonly bus: Pick<MessageBus, 'status' | 'onState' | 'objects'>;
  readonly ingress: IngressHost;
  readonly ingest: Ingest;
  /** `Journal.verdict`. */
  readonly verdict: ConnectorContext['verdict'];
  /** `ControlNumbers.next`. */
  readonly controlNumber: ConnectorContext['controlNumber'];
  /** `OnDemandValidator.validate`. */
  readonly judge: OnDemandValidator['validate'];
  /** The release of FHIR that a connector's messages are validated against where they name none. */
  readonly fhirRelease: (connector: string) => ConnectorContext['fhirRelease'];
  /** `openConnector` of the registry. */
  readonly openConnector: OpenConnector;
  /** Reads a connector's part of the service definition and its secrets again; rejects with `config/invalid`. */
  readonly reloadConnector: (id: string) => Promise<LoadedConnector>;
  readonly startValidator: StartWorker<ManagedWorker>;
  readonly startJournal: StartWorker<ManagedJournal>;
  readonly desired: DesiredStates;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'ackSeconds' | 'refused' | 'connectorState' | 'connectorStalls'>;
  /** An inspector that sees every event of every actor from the first on. */
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
  /** For tests; default the system's. */
  readonly clock?: Clock;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
  /** From 0 up to 1; default `Math.random`. */
  readonly random?: () => number;
}

/** For the bus, the validator and the journal, which are tried for ever. */
const ESSENTIAL = { initial_ms: 250, max_ms: 5_000, max_attempts: 0 };

/** Creates the actors and starts them; the answer is there at once, while the bus is still being opened. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const supervisor = new ActorSupervisor(options);
  supervisor.start();
  return supervisor;
}

class ActorSupervisor implements Supervisor {
  readonly feed: StateFeed;
  readonly #options: SupervisorOptions;
  readonly #bus: BusWatch;
  readonly #roster: Roster;
  readonly #tracker: StateTracker;
  readonly #root: Actor<typeof healthosMachine>;
  /** The newest snapshot of each machine, by its actor's id. */
  readonly #snapshots = new Map<string, AnyMachineSnapshot>();
  readonly #waiting = new Set<() => void>();

  constructor(options: SupervisorOptions) {
    const { clock = systemClock, now = Date.now } = options;
    this.#options = options;
    this.#bus = watchBus(options.bus);
    this.#roster = createRoster({ ...options, clock, now, tell: (id, event) => this.#tell(id, event) });
    this.#tracker = createStateTracker({
      now,
      log: options.log,
      onSnapshot: (actor, snapshot) => this.#take(actor, snapshot),
    });
    this.feed = this.#tracker;
    this.feed.subscribe((change) => this.#record(change));
    this.#root = createActor(this.#provide(), {
      id: 'healthos',
      clock,
      input: {
        connectors: options.connectors.map((one) => supervised(one, options.desired)),
        backoff: ESSENTIAL,
      },
      inspect: (event) => {
        this.#tracker.inspect(event);
        options.inspect?.(event);
      },
    });
  }

  start(): void {
    this.#root.start();
  }

  connectors(): readonly ConnectorStatus[] {
    return [...this.#roster].map(([id, member]) => this.#status(id, member));
  }

  connector(id: string): ConnectorStatus | undefined {
    const member = this.#roster.get(id);
    return member && this.#status(id, member);
  }

  reread(): ReadonlyMap<string, LoadedConnector> {
    const entries = [...this.#roster].map(([id, { session }]) => [id, session.reread] as const);
    return new Map(entries.filter((entry): entry is [string, LoadedConnector] => entry[1] !== undefined));
  }

  async command(
    id: string,
    command: ConnectorCommand,
    options: { readonly wait: boolean },
  ): Promise<ConnectorStatus> {
    const member = this.#roster.get(id);
    if (!member) throw new HealthosError('connector/not-found', `There is no connector ${id}.`);
    this.#check(member, command);
    await this.#remember(id, command);
    this.#check(member, command);
    this.#root.send({ type: 'operator.command', id, command });
    if (options.wait) await this.#settle(member, command);
    return this.#status(id, member);
  }

  actors(): ActorNode {
    const nodes = [...this.#snapshots].map(([id, snapshot]) => this.#node(id, snapshot));
    const root =
      nodes.find(({ id }) => id === this.#root.id) ?? this.#node(this.#root.id, this.#root.getSnapshot());
    return { ...root, children: nodes.filter((node) => node !== root) };
  }

  state(): { readonly state: string; readonly since: string } {
    const { value } = this.#root.getSnapshot();
    return { state: stateName(value).split('.', 1).join(), since: this.#since(this.#root.id) };
  }

  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] } {
    const { state } = this.state();
    const reasons = [
      state === 'running' ? null : `The gateway is ${state}.`,
      this.#bus.trouble(),
      this.#snapshots.get('validator')?.hasTag('ready') ? null : 'The validator does not consume.',
    ].filter((reason) => reason !== null);
    return { ready: reasons.length === 0, reasons };
  }

  async shutdown(): Promise<void> {
    this.#root.send({ type: 'healthos.shutdown' });
    await this.#until(() => this.#root.getSnapshot().status !== 'active');
    this.#bus.close();
  }

  #provide(): typeof healthosMachine {
    const { startValidator, startJournal, log, random = Math.random } = this.#options;
    return provideRoot({
      session: (id) => known(this.#roster, id).session,
      validator: new WorkerSession('validator', startValidator, log),
      journal: new WorkerSession('journal', startJournal, log),
      random,
      openBus: () => this.#bus.open(),
      drainConnectors: () => this.#drainConnectors(),
      stopValidator: () => this.#stopWorker('validator'),
      stopJournal: () => this.#stopWorker('journal'),
    });
  }

  #take(actor: string, snapshot: AnyMachineSnapshot): void {
    this.#snapshots.set(actor, snapshot);
    const member = snapshot.machine.id === 'connector' ? this.#roster.get(actorName(actor)) : undefined;
    // The machine's id, just checked, says of which machine the snapshot is.
    if (member) takeSnapshot(member, snapshot as ConnectorSnapshot, this.#options.metrics);
    for (const look of this.#waiting) look();
  }

  #record(change: StateChange): void {
    const { actor, machine, from, to, event, reason } = change;
    this.#options.log.info({ actor, machine, from, to, event, reason }, 'actor.changed');
    if (change.machine === 'connector') keepTransition(known(this.#roster, change.actor), change);
  }

  #check({ snapshot }: Member, command: ConnectorCommand): void {
    if (this.state().state === 'draining' || this.state().state === 'stopped') {
      throw new HealthosError('bus/closed', 'The gateway is stopping; it takes no commands.');
    }
    if (!snapshot || alreadyHolds(snapshot, command)) return;
    const accepts = accepted(snapshot);
    if (!accepts.includes(command)) throw new CommandRefused(shownState(snapshot), accepts);
  }

  /** The command is obeyed even where it cannot be written down: a full disk must not keep an operator from stopping. */
  async #remember(id: string, command: ConnectorCommand): Promise<void> {
    if (command === 'pause' || command === 'resume') return;
    try {
      await this.#options.desired.set(id, command === 'stop' ? 'off' : 'on');
    } catch (thrown) {
      this.#options.log.error({ connector: id, err: thrown }, 'connector.desired-state-not-remembered');
    }
  }

  async #settle(member: Member, command: ConnectorCommand): Promise<void> {
    await this.#until(() => member.snapshot !== undefined && settled(member.snapshot, command));
    await member.session.released();
  }

  /** Resolves once it holds; looks at each change of any actor. */
  #until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  async #drainConnectors(): Promise<void> {
    for (const id of this.#roster.keys()) this.#tell(id, { type: 'connector.shutdown' });
    await Promise.all([...this.#roster.values()].map((member) => this.#settle(member, 'stop')));
  }

  async #stopWorker(id: 'validator' | 'journal'): Promise<void> {
    const actor = this.#child(id);
    if (!actor) return;
    actor.send({ type: `${id}.stop` });
    await this.#until(() => this.#snapshots.get(id)?.status !== 'active');
  }

  #tell(id: string, event: ConnectorMachineEvent): void {
    this.#child(connectorActorId(id))?.send(event);
  }

  #child(id: string): AnyActorRef | undefined {
    return this.#root.getSnapshot().children[id];
  }

  #status(id: string, member: Member): ConnectorStatus {
    const enabled = member.session.definition.enabled ? 'on' : 'off';
    const desired = this.#options.desired.get(id) ?? enabled;
    return statusOf(member, desired, this.#tracker.sinceOf(connectorActorId(id)));
  }

  #node(id: string, snapshot: AnyMachineSnapshot): ActorNode {
    return {
      id: actorName(id),
      machine: snapshot.machine.id,
      state: stateName(snapshot.value as StateValue),
      tags: [...snapshot.tags].sort(),
      since: this.#since(id),
      children: [],
    };
  }

  #since(actor: string): string {
    return new Date(this.#tracker.sinceOf(actor)).toISOString();
  }
}

function known(roster: Roster, id: string): Member {
  const member = roster.get(id);
  if (!member) throw new Error(`no connector ${id}`);
  return member;
}

function supervised(definition: ConnectorDefinition, desired: DesiredStates): Omit<Supervised, 'restarts'> {
  const { id, enabled, backoff, restart } = definition;
  const remembered = desired.get(id);
  return {
    id,
    wanted: remembered ?? (enabled ? 'on' : 'off'),
    byOperator: remembered === 'off',
    backoff,
    intensity: restart.intensity,
    periodMs: restart.period_s * 1000,
  };
}
