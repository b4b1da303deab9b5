/** A connector's status, as the contract has it. */
import { createHash } from 'node:crypto';
import { shownState } from './state-names.ts';
import type { ConnectorDefinition } from '../config/definition.ts';
import type { ConnectorSnapshot } from './commands.ts';
import type { Member } from './roster.ts';
import type { ConnectorState, ConnectorStatus, ConnectorSubstate } from './status.ts';

/** `since` in milliseconds since the epoch. */
export function statusOf(member: Member, desired: 'on' | 'off', since: number): ConnectorStatus {
  const { definition, gate } = member.session;
  const { state, substate } = stateOf(member.snapshot);
  const { attempt = 0, reason = null, retryInMs = null } = member.snapshot?.context ?? {};
  return {
    id: definition.id,
    name: definition.name,
    direction: definition.type,
    kind: definition.config.type,
    state,
    substate,
    desired,
    since: iso(since),
    reason,
    attempt,
    next_retry_at: retryInMs === null ? null : iso(since + retryInMs),
    last_message_at: isoOrNull(gate.lastMessageAt()),
    lag: member.watchdog.lag(),
    counts: gate.counts(),
    config_hash: configHash(definition),
    transitions: member.transitions.map(({ at, from, to, event, reason: why }) => ({
      at,
      from,
      to,
      event,
      reason: why,
    })),
  };
}

/**
 * Twelve hexadecimal digits that change with the configuration. Secrets are left out: nobody shall be able to try
 * passwords against it.
 */
export function configHash(definition: ConnectorDefinition): string {
  return createHash('sha256').update(canonical(definition)).digest('hex').slice(0, 12);
}

const secret = /pass|secret|token|creds|key/i;

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([key, inner]) => !(secret.test(key) && typeof inner === 'string'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

function stateOf(snapshot: ConnectorSnapshot | undefined): {
  readonly state: ConnectorState;
  readonly substate: ConnectorSubstate | null;
} {
  const [state, substate] = snapshot ? shownState(snapshot).split('.') : ['idle'];
  // The machine's states are the contract's: a test compares them.
  return { state: state as ConnectorState, substate: (substate as ConnectorSubstate | undefined) ?? null };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
