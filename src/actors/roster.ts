/** The connectors as the supervisor keeps them: session, newest snapshot and transitions of each. */
import { ConnectorSession } from './connector-session.ts';
import { createGate } from './gate.ts';
import { shownState } from './state-names.ts';
import { connectorStates } from './status.ts';
import type { Gauge } from 'prom-client';
import type { ConnectorDefinition } from '../config/definition.ts';
import type { ConnectorContext } from '../connectors/connector.ts';
import type { Clock } from './clock.ts';
import type { ConnectorSnapshot } from './commands.ts';
import type { Gate } from './gate.ts';
import type { StateChange } from './status.ts';
import type { SupervisorOptions } from './supervisor.ts';

const TRANSITIONS = 20;

export interface Member {
  readonly session: ConnectorSession;
  /** The newest, oldest first. */
  readonly transitions: StateChange[];
  snapshot: ConnectorSnapshot | undefined;
}

export type Roster = ReadonlyMap<string, Member>;

export function createRoster(options: SupervisorOptions, clock: Clock, now: () => number): Roster {
  return new Map(
    options.connectors.map((definition) => [definition.id, createMember(definition, options, clock, now)]),
  );
}

export function keepTransition({ transitions }: Member, change: StateChange): void {
  transitions.push(change);
  if (transitions.length > TRANSITIONS) transitions.shift();
}

/** The newest snapshot has its say: it opens or shuts the gate, and the metric shows its state. */
export function takeSnapshot(
  member: Member,
  snapshot: ConnectorSnapshot,
  gauge: Gauge<'connector' | 'state'>,
): void {
  const connector = member.session.definition.id;
  const shown = shownState(snapshot);
  member.snapshot = snapshot;
  member.session.gate.set(snapshot.hasTag('accepting'), shown);
  for (const state of connectorStates) gauge.set({ connector, state }, shown.startsWith(state) ? 1 : 0);
}

function createMember(
  definition: ConnectorDefinition,
  options: SupervisorOptions,
  clock: Clock,
  now: () => number,
): Member {
  const { ingest, metrics, log, openConnector, reloadConnector } = options;
  const gate = createGate({ id: definition.id, ingest, metrics, now });
  const session = new ConnectorSession({
    definition,
    gate,
    log,
    clock,
    open: (current) => openConnector(current, lend(current, gate, options)),
    reload: reloadConnector,
  });
  return { session, transitions: [], snapshot: undefined };
}

/** What the gateway lends a connector. */
function lend(definition: ConnectorDefinition, gate: Gate, options: SupervisorOptions): ConnectorContext {
  const { id, name, rate_limit: rateLimit } = definition;
  return {
    id,
    name,
    rateLimit,
    log: options.log.child({ connector: id }),
    accepting: () => gate.accepting(),
    onAccepting: (listener) => gate.onAccepting(listener),
    ingress: options.ingress,
    objects: options.bus.objects,
    countRefused: (code) => gate.countRefused(code),
    verdict: options.verdict,
  };
}
