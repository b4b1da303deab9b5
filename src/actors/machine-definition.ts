/** A machine as JSON that XState's own tools can read: names only, no implementations, no context. */
import { outlineOf } from './machine-outline.ts';
import type { AnyStateMachine } from 'xstate';
import type { Arrow, Outline } from './machine-outline.ts';

export interface MachineDefinition {
  readonly id: string;
  readonly description: string;
  readonly type?: 'parallel' | 'final';
  readonly initial?: string;
  readonly tags?: readonly string[];
  readonly invoke?: readonly { readonly id: string; readonly src: string }[];
  readonly on?: Readonly<Record<string, readonly object[]>>;
  readonly after?: Readonly<Record<string, readonly object[]>>;
  readonly states?: Readonly<Record<string, MachineDefinition>>;
}

export function toDefinition(machine: AnyStateMachine): MachineDefinition {
  return define(machine.id, outlineOf(machine));
}

function define(machine: string, node: Outline): MachineDefinition {
  const timed = node.transitions.filter(({ event }) => event.startsWith(AFTER));
  const others = node.transitions.filter(({ event }) => !event.startsWith(AFTER));
  return {
    id: [machine, node.path].filter(Boolean).join('.'),
    description: node.description,
    ...(node.type === 'parallel' || node.type === 'final' ? { type: node.type } : {}),
    ...(node.initial === null ? {} : { initial: node.initial.split('.').at(-1) ?? '' }),
    ...(node.tags.length === 0 ? {} : { tags: node.tags }),
    ...(node.invokes.length === 0 ? {} : { invoke: node.invokes.map((id) => ({ id, src: id })) }),
    ...(others.length === 0 ? {} : { on: group(machine, others, ({ eventType }) => eventType) }),
    ...(timed.length === 0 ? {} : { after: group(machine, timed, ({ event }) => event.slice(AFTER.length)) }),
    ...(node.states.length === 0 ? {} : { states: statesOf(machine, node) }),
  };
}

const AFTER = 'after.';

function statesOf(machine: string, { states }: Outline): Readonly<Record<string, MachineDefinition>> {
  return Object.fromEntries(states.map((state) => [state.key, define(machine, state)]));
}

function group(
  machine: string,
  arrows: readonly Arrow[],
  key: (arrow: Arrow) => string,
): Record<string, object[]> {
  const groups: Record<string, object[]> = {};
  for (const arrow of arrows) (groups[key(arrow)] ??= []).push(transition(machine, arrow));
  return groups;
}

function transition(machine: string, { target, guard, actions }: Arrow): object {
  return {
    ...(target === null ? {} : { target: `#${machine}.${target}` }),
    ...(guard === null ? {} : { guard }),
    ...(actions.length === 0 ? {} : { actions }),
  };
}
