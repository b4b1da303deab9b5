/** `healthos connectors`: what they do, and commanding them. */
import { Command } from 'commander';
import { type ConnectorCommand, connectorCommands, type ConnectorStatus } from '../actors/status.ts';
import { GatewayClient } from './client.ts';
import { addDefault, type CommandFactory, gatewayOptions, type GatewayOptions } from './command.ts';
import { orDash, shortTime, stateCell } from './format.ts';
import type { Output } from './output.ts';

type Options = GatewayOptions & { readonly json?: true };

export const connectorsCommand: CommandFactory = (output) => {
  const command = new Command('connectors')
    .description('list, show and command the connectors of a gateway')
    .addHelpText('after', examples);
  addDefault(command, listCommand(output));
  command.addCommand(showCommand(output));
  for (const name of connectorCommands) command.addCommand(commandCommand(output, name));
  return command;
};

function listCommand(output: Output): Command {
  return gatewayOptions(new Command('list').description('all of them, each in its state')).action(
    async (options: Options) => {
      const statuses = await new GatewayClient(options).get<ConnectorStatus[]>('/admin/connectors');
      if (options.json) for (const status of statuses) output.json(status);
      else output.table(heads, statuses.map(row));
    },
  );
}

function showCommand(output: Output): Command {
  return gatewayOptions(new Command('show').description('one of them, with its last changes of state'))
    .argument('<id>', 'its id')
    .action(async (id: string, options: Options) => {
      const path = `/admin/connectors/${encodeURIComponent(id)}`;
      showStatus(output, await new GatewayClient(options).get<ConnectorStatus>(path), options);
    });
}

const effects: Readonly<Record<ConnectorCommand, string>> = {
  start: 'start it, with its part of the service definition read again',
  stop: 'drain and stop it; it stays so over restarts of the gateway, until a start',
  restart: 'stop it and start it again',
  pause: 'take nothing more in, and stay connected',
  resume: 'take in again after a pause',
};

function commandCommand(output: Output, name: ConnectorCommand): Command {
  return gatewayOptions(new Command(name).description(effects[name]))
    .argument('<id>', 'its id')
    .action(async (id: string, options: Options) => {
      const path = `/admin/connectors/${encodeURIComponent(id)}/${name}`;
      const status = await new GatewayClient(options).post<ConnectorStatus>(path);
      if (options.json) output.json(status);
      else output.table(heads, [row(status)]);
    });
}

/** `running.consuming` */
export function stateOf({ state, substate }: ConnectorStatus): string {
  return substate === null ? state : `${state}.${substate}`;
}

const heads = ['ID', 'KIND', 'STATE', 'SINCE', 'RECEIVED', 'STORED', 'REFUSED', 'LAG', 'WHY'];

function row(status: ConnectorStatus) {
  const { id, direction, kind, since, counts, lag, reason } = status;
  return [
    id,
    `${direction} ${kind}`,
    stateCell(stateOf(status)),
    shortTime(since),
    String(counts.received),
    String(counts.stored),
    String(counts.refused),
    orDash(lag),
    reason?.message ?? '',
  ];
}

function showStatus(output: Output, status: ConnectorStatus, { json }: Options): void {
  if (json) {
    output.json(status);
    return;
  }
  const { transitions, counts, reason, ...rest } = status;
  const told = Object.entries({ ...rest, state: stateOf(status), reason: reason?.message ?? null, ...counts })
    .filter(([name]) => name !== 'substate')
    .map(([name, value]) => [name, orDash(value)]);
  output.table(['WHAT', 'IS'], told);
  output.line();
  output.table(
    ['AT', 'FROM', 'TO', 'EVENT', 'WHY'],
    transitions.map((one) => [
      shortTime(one.at),
      one.from,
      stateCell(one.to),
      one.event,
      one.reason?.message ?? '',
    ]),
  );
}

const examples = `
A command waits until it took effect. Exit status 1 when it is refused.

Examples:
  healthos connectors
  healthos connectors show rest-connector
  healthos connectors stop rest-connector`;
