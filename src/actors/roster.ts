/** The connectors as the supervisor keeps them: session, newest snapshot and transitions of each. */
import { ConnectorSession } from './connector-session.ts';
import { createGate } from './gate.ts';
import { lend } from './lend.ts';
import { shownState } from './state-names.ts';
import { connectorStates } from './status.ts';
import { Watchdog } from './watchdog.ts';
import type { ConnectorMachineEvent } from '../../machines/index.ts';
import type { ConnectorDefinition } from '../config/definition.ts';
import type { Metrics } from '../metrics.ts';
import type { Clock } from './clock.ts';
import type { ConnectorSnapshot } from './commands.ts';
import type { Passage } from './gate.ts';
import type { StateChange } from './status.ts';
import type { SupervisorOptions } from './supervisor.ts';
import type { Watched } from './watchdog.ts';

const TRANSITIONS = 20;

const progressed: ConnectorMachineEvent = { type: 'connector.progressed' };

export interface Member {
  readonly session: ConnectorSession;
  readonly watchdog: Watchdog;
  /** The newest, oldest first. */
  readonly transitions: StateChange[];
  snapshot: ConnectorSnapshot | undefined;
}

export type Roster = ReadonlyMap<string, Member>;

export interface RosterOptions extends SupervisorOptions {
  readonly clock: Clock;
  readonly now: () => number;
  /** Sends an event to the actor of a connector. */
  readonly tell: (id: string, event: ConnectorMachineEvent) => void;
}

export function createRoster(options: RosterOptions): Roster {
  return new Map(options.connectors.map((definition) => [definition.id, createMember(definition, options)]));
}

export function keepTransition({ transitions }: Member, change: StateChange): void {
  transitions.push(change);
  if (transitions.length > TRANSITIONS) transitions.shift();
}

/** The newest snapshot has its say: it opens or shuts the gate, the watchdog wakes or sleeps, the metric shows its state. */
export function takeSnapshot(
  member: Member,
  snapshot: ConnectorSnapshot,
  { connectorState: gauge }: Pick<Metrics, 'connectorState'>,
): void {
  const connector = member.session.definition.id;
  const shown = shownState(snapshot);
  member.snapshot = snapshot;
  member.session.gate.set(passageOf(snapshot), shown);
  member.watchdog.set(watchedOf(snapshot));
  for (const state of connectorStates) gauge.set({ connector, state }, shown.startsWith(state) ? 1 : 0);
}

function passageOf(snapshot: ConnectorSnapshot): Passage {
  if (snapshot.hasTag('accepting')) return 'open';
  return snapshot.matches({ running: 'stalled' }) ? 'ajar' : 'shut';
}

function watchedOf(snapshot: ConnectorSnapshot): Watched | null {
  if (snapshot.matches({ running: 'consuming' })) return 'consuming';
  return snapshot.matches({ running: 'stalled' }) ? 'stalled' : null;
}

function createMember(definition: ConnectorDefinition, options: RosterOptions): Member {
  const { id } = definition;
  const { ingest, metrics, log, clock, now, tell, openConnector, reloadConnector } = options;
  const gate = createGate({ id, ingest, metrics, clock, now, onProgress: () => tell(id, progressed) });
  const session = new ConnectorSession({
    definition,
    gate,
    log,
    clock,
    open: (current, abandoned) => openConnector(current, lend(current, gate, options, abandoned)),
    reload: reloadConnector,
  });
  metrics.connectorStalls.inc({ connector: id }, 0);
  const watchdog = new Watchdog({
    gate,
    log: log.child({ connector: id }),
    clock,
    now,
    lagOf: () => session.lag(),
    tell: (event) => tell(id, event),
    countStall: () => metrics.connectorStalls.inc({ connector: id }),
  });
  return { session, watchdog, transitions: [], snapshot: undefined };
}
