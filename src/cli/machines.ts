/** `healthos machines`: the statecharts, without a gateway. */
import { Command } from 'commander';
import { nearest } from '../config/nearest.ts';
import type { CommandFactory } from './command.ts';
import { usageError } from './errors.ts';
import { plural } from './format.ts';
import type { Output } from './output.ts';
import type { MachineDrawing } from '../actors/machine-drawings.ts';

interface Options {
  readonly mermaid?: true;
  readonly json?: true;
}

export const machinesCommand: CommandFactory = (output) =>
  new Command('machines')
    .description('the statecharts that the gateway runs on')
    .argument('[name]', 'one of them')
    .option('--mermaid', 'as Mermaid diagrams')
    .option('--json', "XState's definition, one JSON document a line")
    .addHelpText('after', examples)
    .action(async (name: string | undefined, options: Options) => {
      if (options.mermaid && options.json) throw usageError('Either --mermaid or --json.');
      const { drawMachines } = await import('../actors/machine-drawings.ts');
      const all = drawMachines();
      const machines = name === undefined ? all : [machineNamed(name, all)];
      show(output, machines, options, name !== undefined);
    });

function machineNamed(name: string, machines: readonly MachineDrawing[]): MachineDrawing {
  const machine = machines.find((one) => one.name === name);
  if (machine !== undefined) return machine;
  const names = machines.map((one) => one.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
  throw usageError(`There is no machine of this name. ${hint}`);
}

function show(output: Output, machines: readonly MachineDrawing[], options: Options, one: boolean): void {
  if (options.json) for (const { name, definition } of machines) output.json({ name, ...definition });
  else if (options.mermaid) for (const { mermaid } of machines) output.line(mermaid.trimEnd());
  else if (one) for (const machine of machines) showStates(output, machine);
  else {
    const rows = machines.map(({ name, states, description }) => [
      name,
      plural(states.length, 'state'),
      description,
    ]);
    output.table(['NAME', 'HAS', 'WHAT'], rows);
  }
}

function showStates(output: Output, { name, description, states }: MachineDrawing): void {
  output.line(`${output.colour('bold', name)}  ${description}`);
  for (const state of states) output.line(`  ${state}`);
}

const examples = `
Examples:
  healthos machines                      list them
  healthos machines connector            the states of one
  healthos machines connector --mermaid  drawn`;
