/** A machine as a Mermaid state diagram (`stateDiagram-v2`), which GitHub and most editors draw. */
import { label, outlineOf, statesBelow } from './machine-outline.ts';
import type { AnyStateMachine } from 'xstate';
import type { Outline } from './machine-outline.ts';

export function toMermaid(machine: AnyStateMachine): string {
  const root = outlineOf(machine);
  const lines = ['stateDiagram-v2', ...inside(root, 1), ...arrows(root)];
  return `${lines.join('\n')}\n`;
}

function inside(node: Outline, depth: number): readonly string[] {
  const begins = node.initial === null ? [] : [`${'  '.repeat(depth)}[*] --> ${idOf(node.initial)}`];
  return [...begins, ...node.states.flatMap((state) => declare(state, depth))];
}

function declare(state: Outline, depth: number): readonly string[] {
  const indent = '  '.repeat(depth);
  const name = `${indent}state "${state.key}" as ${idOf(state.path)}`;
  if (state.states.length > 0) return [`${name} {`, ...inside(state, depth + 1), `${indent}}`];
  return state.type === 'final' ? [name, `${indent}${idOf(state.path)} --> [*]`] : [name];
}

/** All arrows come last, at the top level: Mermaid lets an arrow cross the border of a state only there. */
function arrows(root: Outline): readonly string[] {
  const everywhere = leaving(ANY, root);
  const anyState = everywhere.length === 0 ? [] : [`  state "any state" as ${ANY}`];
  return [
    ...anyState,
    ...everywhere,
    ...statesBelow(root).flatMap((state) => leaving(idOf(state.path), state)),
  ];
}

const ANY = 'any_state';

/** Where nothing is left, nothing is drawn: a transition without target only acts. */
function leaving(from: string, { transitions }: Outline): readonly string[] {
  return transitions.flatMap((arrow) =>
    arrow.target === null ? [] : [`  ${from} --> ${idOf(arrow.target)}: ${label(arrow)}`],
  );
}

function idOf(path: string): string {
  return path.replaceAll('.', '_');
}
