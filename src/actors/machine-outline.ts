/**
 * A machine as an outline: its states, their descriptions, and its transitions in words. From it come all drawings and the
 * JSON, so none of them can hold an implementation or a context.
 */
import { eventName } from './state-names.ts';
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

export interface Outline {
  /** The path of the state, `running.consuming`; the machine's own is empty. */
  readonly path: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly description: string;
  readonly tags: readonly string[];
  /** The names of what it invokes while it is active. */
  readonly invokes: readonly string[];
  /** The path of the child it begins in, where it is compound. */
  readonly initial: string | null;
  readonly states: readonly Outline[];
  readonly transitions: readonly Arrow[];
}

/** What happens on an event. Without a target it stays where it is and only acts. */
export interface Arrow {
  /** As people read it: `connector.stop`, `connect.failed`, `after.retryDelay`. */
  readonly event: string;
  /** As XState has it. */
  readonly eventType: string;
  readonly guard: string | null;
  readonly target: string | null;
  readonly actions: readonly string[];
}

export function outlineOf(machine: AnyStateMachine): Outline {
  return outline(machine.root);
}

/** All states below, parents before children. */
export function statesBelow(node: Outline): readonly Outline[] {
  return node.states.flatMap((state) => [state, ...statesBelow(state)]);
}

/** `connect.failed [retryable]` */
export function label({ event, guard }: Arrow): string {
  return guard === null ? event : `${event} [${guard}]`;
}

function outline(node: AnyStateNode): Outline {
  const children = Object.values(node.states as Readonly<Record<string, AnyStateNode>>);
  return {
    path: pathOf(node),
    key: node.key,
    type: node.type,
    description: node.description ?? '',
    tags: [...node.tags],
    invokes: node.invoke.map(({ id }) => id),
    initial:
      node.type === 'compound'
        ? (children.find((child) => isInitial(node, child))?.path.join('.') ?? null)
        : null,
    states: children.map(outline),
    transitions: [...node.transitions.values()].flat().filter(has).map(arrow),
  };
}

function isInitial(node: AnyStateNode, child: AnyStateNode): boolean {
  return node.initial.target.includes(child);
}

/** One without target and actions only says that the event is expected and changes nothing. */
function has({ target, actions }: AnyTransitionDefinition): boolean {
  return target !== undefined || actions.length > 0;
}

function arrow(transition: AnyTransitionDefinition): Arrow {
  const eventType = String(transition.eventType);
  const target = transition.target?.[0];
  return {
    event: eventName(eventType),
    eventType,
    guard: transition.guard === undefined ? null : nameOf(transition.guard),
    target: target ? pathOf(target as AnyStateNode) : null,
    actions: (transition.actions as readonly unknown[]).map(nameOf),
  };
}

function pathOf(node: AnyStateNode): string {
  return node.path.join('.');
}

/** Guards and actions are named in our machines; of one that is not, nothing is shown. */
function nameOf(implementation: unknown): string {
  if (typeof implementation === 'string') return implementation;
  if (typeof implementation !== 'object' || implementation === null || !('type' in implementation))
    return 'unnamed';
  return String(implementation.type);
}
