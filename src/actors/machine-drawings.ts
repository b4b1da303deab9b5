/** The statecharts for people and programs: as Mermaid, SVG and JSON. */
import {
  connectorMachine,
  healthosMachine,
  journalMachine,
  messageMachine,
  validatorMachine,
} from '../../machines/index.ts';
import { toDefinition } from './machine-definition.ts';
import { toMermaid } from './machine-mermaid.ts';
import { outlineOf, statesBelow } from './machine-outline.ts';
import { toSvg } from './machine-svg.ts';
import type { AnyStateMachine } from 'xstate';

export { toDefinition, toMermaid, toSvg };

/** A statechart as it can be shown. */
export interface MachineDrawing {
  /** `connector`, as in `/admin/machines/connector`. */
  readonly name: string;
  readonly description: string;
  /** The paths of its states, `running.consuming`. */
  readonly states: readonly string[];
  /** As XState takes it, without implementations. */
  readonly definition: object;
  /** Mermaid, `stateDiagram-v2`. */
  readonly mermaid: string;
  /** Each state's element has the state's path as its id. */
  readonly svg: string;
}

/** Every machine of the gateway by its name, the root first. */
export const machineCatalogue: ReadonlyMap<string, AnyStateMachine> = new Map(
  [healthosMachine, connectorMachine, validatorMachine, journalMachine, messageMachine].map(
    (machine): [string, AnyStateMachine] => [machine.id, machine],
  ),
);

export function drawMachine(machine: AnyStateMachine): MachineDrawing {
  const outline = outlineOf(machine);
  return {
    name: machine.id,
    description: outline.description,
    states: statesBelow(outline).map(({ path }) => path),
    definition: toDefinition(machine),
    mermaid: toMermaid(machine),
    svg: toSvg(machine),
  };
}

export function drawMachines(): readonly MachineDrawing[] {
  return [...machineCatalogue.values()].map(drawMachine);
}
