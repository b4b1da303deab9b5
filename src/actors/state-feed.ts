/** The state feed: every change of every actor, from XState's inspection to logs, subscribers and a ring of the newest. */
import { isMachineSnapshot } from 'xstate';
import { failureOf } from '../../machines/index.ts';
import { actorName, eventName, idOf, reasonOf, shownState } from './state-names.ts';
import type { AnyEventObject, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { Logger } from '../logging.ts';
import type { Reason, StateChange, StateFeed } from './status.ts';

const KEPT = 1_000;

export interface StateTracker extends StateFeed {
  /** Takes what XState reports; given as `inspect` when the root is created. */
  inspect(event: InspectionEvent): void;
  /** When the actor of this id (a connector's is `connector:…`) came into its state; milliseconds since the epoch. */
  sinceOf(actor: string): number;
}

export interface TrackerOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'error'>;
  /** Sees each snapshot of each machine, by its actor's id, before its change is told. */
  readonly onSnapshot: (actor: string, snapshot: AnyMachineSnapshot) => void;
}

interface Seen {
  readonly session: string;
  readonly state: string;
  readonly since: number;
}

export function createStateTracker({ now, log, onSnapshot }: TrackerOptions): StateTracker {
  const ring: StateChange[] = [];
  const listeners = new Set<(change: StateChange) => void>();
  const seen = new Map<string, Seen>();
  const crashes = new Map<string, Reason>();
  let lastId = 0;

  function tell(change: Omit<StateChange, 'id'>): void {
    lastId += 1;
    const numbered = { id: lastId, ...change };
    ring.push(numbered);
    if (ring.length > KEPT) ring.shift();
    for (const listener of listeners) call(listener, numbered);
  }

  /** A listener that throws must not stop the actor whose change it hears of. */
  function call(listener: (change: StateChange) => void, change: StateChange): void {
    try {
      listener(change);
    } catch (thrown) {
      log.error({ err: thrown }, 'feed.listener-failed');
    }
  }

  function take(actor: string, session: string, snapshot: AnyMachineSnapshot, event: string): void {
    const before = seen.get(actor);
    const state = shownState(snapshot);
    const at = now();
    const replaced = before !== undefined && before.session !== session;
    if (before?.state !== state || replaced) seen.set(actor, { session, state, since: at });
    onSnapshot(actor, snapshot);
    if (before === undefined || before.state === state) return;
    tell({
      actor: actorName(actor),
      machine: snapshot.machine.id,
      from: before.state,
      to: state,
      event: replaced ? 'supervisor.restart' : eventName(event),
      reason: replaced ? (crashes.get(actor) ?? null) : reasonOf(snapshot),
      at: new Date(at).toISOString(),
    });
  }

  return {
    inspect(event) {
      if (event.type === '@xstate.event') noteCrash(crashes, event.event);
      if (event.type !== '@xstate.snapshot' || !isMachineSnapshot(event.snapshot)) return;
      // The last word of an actor that erred comes after its supervisor has already replaced it.
      if (event.snapshot.status === 'error' || event.snapshot.status === 'stopped') return;
      take(idOf(event.actorRef), event.actorRef.sessionId, event.snapshot, event.event.type);
    },
    sinceOf: (actor) => seen.get(actor)?.since ?? now(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (id) => ring.slice(Math.max(0, ring.length - Math.max(0, lastId - id))),
  };
}

const ERRED = 'xstate.error.actor.';

/** The supervisor hears of a crash before it restarts the connector: the reason of the change that follows. */
function noteCrash(crashes: Map<string, Reason>, event: AnyEventObject): void {
  if (!event.type.startsWith(ERRED)) return;
  crashes.set(event.type.slice(ERRED.length), failureOf('error' in event ? event['error'] : null).reason);
}
