/** The life of a message, as its statechart has it, in the words of the journal. */
import { lifeAfter, type MessageLife } from '../../machines/message.machine.ts';
import type { MessageState } from '../store/journal.ts';

/** What the journal learns from the bus. What the sender was told does not lie there. */
export const lifeSteps = [
  'received',
  'stored',
  'valid',
  'invalid',
  'delivered',
  'deadletter',
  'replayed',
] as const;
export type LifeStep = (typeof lifeSteps)[number];

/** The states in which a message on the bus can be. */
export type LifeState = Exclude<MessageLife, 'received' | 'refused'>;

const states = {
  stored: 'received',
  valid: 'valid',
  invalid: 'invalid',
  delivered: 'delivered',
  deadletter: 'deadletter',
} as const satisfies Record<LifeState, MessageState>;

/** A message on the bus was received and stored. */
export const bornAs: LifeState = 'stored';

/** The state after a step, or undefined where the statechart does not allow the step. */
export function nextState(from: LifeState, step: LifeStep): LifeState | undefined {
  return lifeStateOf(lifeAfter(from, step));
}

/** How the contract names the state. */
export function stateOf(life: LifeState): MessageState {
  return states[life];
}

export function lifeStateOf(name: string | null | undefined): LifeState | undefined {
  return typeof name === 'string' && isLifeState(name) ? name : undefined;
}

function isLifeState(name: string): name is LifeState {
  return Object.hasOwn(states, name);
}
