/** How states and events are written for people: `running.consuming`, `connect.failed`. */
import type { ActorRefLike, AnyMachineSnapshot, StateValue } from 'xstate';
import type { Reason } from './status.ts';

/** The state value as one word: children after a dot, parallel parts joined by a comma. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([state, inner]) => (inner === undefined ? state : `${state}.${stateName(inner)}`))
    .join(',');
}

/**
 * The state as it is told: of a connector the state and substate of the contract, so that what goes on inside of
 * `connecting` and `running.draining` stays inside; of all others the whole.
 */
export function shownState(snapshot: AnyMachineSnapshot): string {
  const name = stateName(snapshot.value as StateValue);
  if (snapshot.machine.id !== 'connector') return name;
  return name.startsWith('connecting') ? 'connecting' : name.split('.', 2).join('.');
}

/** XState's own event types in words: `connect.done`, `connect.failed`, `after.retryDelay`. */
export function eventName(type: string): string {
  const [, kind, rest] = /^xstate\.(done|error|after|init)\.?(.*)$/.exec(type) ?? [];
  if (kind === undefined || rest === undefined) return type;
  if (kind === 'after') return `after.${rest.split('.', 1)[0] ?? ''}`;
  if (kind === 'init') return 'init';
  return `${rest.replace(/^(actor|state)\./, '')}.${kind === 'done' ? 'done' : 'failed'}`;
}

const CONNECTOR = 'connector:';

/** The actor's name in the feed and the tree: a connector's is its id. */
export function actorName(id: string): string {
  return id.startsWith(CONNECTOR) ? id.slice(CONNECTOR.length) : id;
}

/** The id under which its parent knows the actor; XState's type for inspection leaves it out. */
export function idOf(actor: ActorRefLike): string {
  return 'id' in actor && typeof actor.id === 'string' ? actor.id : actor.sessionId;
}

/** Why the machine is in its state; every machine of ours keeps it in its context. */
export function reasonOf(snapshot: AnyMachineSnapshot): Reason | null {
  const context = snapshot.context as { readonly reason?: Reason | null };
  return context.reason ?? null;
}
