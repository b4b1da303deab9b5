/**
 * What the Stately inspector is told, in its own protocol, from an allow-list: ids, the machine's outline, the state, the
 * status, the event's type. XState's own events hold input, output, context and errors; nothing of them is copied.
 */
import { isMachineSnapshot } from 'xstate';
import { toDefinition } from './machine-definition.ts';
import { idOf } from './state-names.ts';
import type { ActorRefLike, AnyStateMachine, InspectionEvent, StateValue } from 'xstate';

interface Common {
  /** The version of the protocol. */
  readonly _version: string;
  readonly createdAt: string;
  readonly id: string;
  readonly rootId: string;
  readonly sessionId: string;
}

interface ShownSnapshot {
  readonly status: string;
  readonly value?: StateValue;
}

export interface ShownActor extends Common {
  readonly type: '@xstate.actor';
  readonly name: string;
  readonly parentId?: string;
  readonly definition: string;
  readonly snapshot: ShownSnapshot;
}

export interface ShownEvent extends Common {
  readonly type: '@xstate.event';
  readonly sourceId?: string;
  readonly event: { readonly type: string };
}

export interface ShownChange extends Common {
  readonly type: '@xstate.snapshot';
  readonly event: { readonly type: string };
  readonly snapshot: ShownSnapshot;
}

export type Shown = ShownActor | ShownEvent | ShownChange;

const PROTOCOL = '0.7.2';

/** What may be shown of an event of XState's; undefined where nothing is. */
export function shown(event: InspectionEvent, number: number): Shown | undefined {
  const common = {
    _version: PROTOCOL,
    createdAt: String(Date.now()),
    id: String(number),
    rootId: event.rootId,
    sessionId: event.actorRef.sessionId,
  };
  if (event.type === '@xstate.actor') return { ...common, type: event.type, ...actorOf(event.actorRef) };
  if (event.type === '@xstate.snapshot') {
    return {
      ...common,
      type: event.type,
      event: { type: event.event.type },
      snapshot: snapshotOf(event.snapshot),
    };
  }
  if (event.type !== '@xstate.event') return undefined;
  const sourceId = event.sourceRef?.sessionId;
  return { ...common, type: event.type, event: { type: event.event.type }, ...(sourceId && { sourceId }) };
}

function actorOf(actor: ActorRefLike): Pick<ShownActor, 'name' | 'parentId' | 'definition' | 'snapshot'> {
  const name = idOf(actor);
  const machine = machineOf(actor);
  const parentId = parentOf(actor)?.sessionId;
  return {
    name,
    definition: JSON.stringify(machine ? toDefinition(machine) : { id: name }),
    snapshot: { status: 'active' },
    ...(parentId && { parentId }),
  };
}

function snapshotOf(snapshot: unknown): ShownSnapshot {
  if (isMachineSnapshot(snapshot)) return { status: snapshot.status, value: snapshot.value as StateValue };
  const status =
    typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot ? snapshot.status : '';
  return { status: typeof status === 'string' ? status : 'active' };
}

function machineOf(actor: ActorRefLike): AnyStateMachine | undefined {
  const logic: unknown = 'logic' in actor ? actor.logic : undefined;
  // Only machines have a root node among the logics of XState.
  return typeof logic === 'object' && logic !== null && 'root' in logic
    ? (logic as AnyStateMachine)
    : undefined;
}

function parentOf(actor: ActorRefLike): ActorRefLike | undefined {
  // XState keeps the parent in this property, and its own inspectors read it there.
  return '_parent' in actor ? (actor._parent as ActorRefLike | undefined) : undefined;
}
