/** Shortest paths through a machine, replayed, over events that may come in any state. */
import { getShortestPaths } from 'xstate/graph';
import { initialTransition, isMachineSnapshot, transition } from 'xstate';
import { stateName } from '../../src/actors/state-names.ts';
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject, StateValue } from 'xstate';

export interface Replayed {
  readonly states: readonly string[];
  readonly events: readonly string[];
  readonly end: AnyMachineSnapshot;
}

export interface PathOptions {
  readonly input?: unknown;
  readonly events: readonly EventObject[];
}

/** Every shortest path, replayed step by step through the pure transition. Checks that each ends where it should. */
export function replayShortestPaths(machine: AnyStateMachine, options: PathOptions): readonly Replayed[] {
  const paths = getShortestPaths(machine, {
    events: options.events,
    input: options.input,
    serializeState: (snapshot: AnyMachineSnapshot) => JSON.stringify([snapshot.status, snapshot.value]),
  });
  return paths.map((path) => {
    // The first step is the birth of the machine.
    const replayed = replay(
      machine,
      options.input,
      path.steps.slice(1).map((step: { readonly event: EventObject }) => step.event),
    );
    if (replayed.states.at(-1) !== nameOf(path.state))
      throw new Error('a replay ended elsewhere than its path');
    return replayed;
  });
}

export function replay(machine: AnyStateMachine, input: unknown, events: readonly EventObject[]): Replayed {
  let [snapshot]: [AnyMachineSnapshot, unknown] = initialTransition(machine, input);
  const states = [nameOf(snapshot)];
  for (const event of events) {
    [snapshot] = transition(machine, snapshot, event);
    states.push(nameOf(snapshot));
  }
  return { states, events: events.map(({ type }) => type), end: snapshot };
}

/** Every atomic state that the machine has, as the replays name them. */
export function statesOf(machine: AnyStateMachine): readonly string[] {
  return leaves(machine.root);
}

function leaves(node: AnyStateNode): readonly string[] {
  const children = Object.values(node.states as Record<string, AnyStateNode>);
  return children.length === 0 ? [node.path.join('.')] : children.flatMap(leaves);
}

function nameOf(snapshot: unknown): string {
  if (!isMachineSnapshot(snapshot)) throw new Error('not a snapshot of a machine');
  return stateName(snapshot.value as StateValue);
}

/** The names of all states that can follow by these events, in any order and number. */
export function reachable(from: AnyMachineSnapshot, events: readonly EventObject[]): readonly string[] {
  const found = new Map([[keyOf(from), from]]);
  for (const snapshot of found.values()) {
    for (const event of events) {
      const [next] = transition(from.machine as AnyStateMachine, snapshot, event) as [
        AnyMachineSnapshot,
        unknown,
      ];
      if (!found.has(keyOf(next))) found.set(keyOf(next), next);
    }
  }
  return [...found.values()].map(nameOf);
}

function keyOf(snapshot: AnyMachineSnapshot): string {
  return `${snapshot.status} ${nameOf(snapshot)}`;
}
