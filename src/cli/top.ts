/** `healthos top`: a live table of the connectors. */
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import type { ConnectorStatus } from '../actors/status.ts';
import { GatewayClient } from './client.ts';
import {
  type CommandFactory,
  gatewayOptions,
  type GatewayOptions,
  parseCount,
  parsePositive,
} from './command.ts';
import { stateOf } from './connectors.ts';
import { orDash, stateCell } from './format.ts';
import { untilInterrupted } from './interrupt.ts';
import type { Cell, Output } from './output.ts';

interface Options extends GatewayOptions {
  readonly json?: true;
  readonly interval: number;
  readonly count: number;
}

export const topCommand: CommandFactory = (output) =>
  gatewayOptions(new Command('top').description('a live table of connectors, rates, lag and errors'))
    .option('--interval <s>', 'seconds between two looks', parsePositive, 1)
    .option('--count <n>', 'end after so many looks; 0: at Ctrl-C', parseCount(0, 1e9), 0)
    .addHelpText('after', examples)
    .action((options: Options) => untilInterrupted((signal) => watch(output, options, signal)));

/** What `GET /admin` answers, as far as it is shown. */
interface Gateway {
  readonly version: string;
  readonly state: string;
  readonly bus: { readonly kind: string; readonly state: string; readonly depth: number | null };
  readonly counts: Readonly<Record<string, number>> | null;
}

interface Look {
  readonly at: number;
  readonly gateway: Gateway;
  readonly connectors: readonly ConnectorStatus[];
}

async function watch(output: Output, options: Options, signal: AbortSignal): Promise<void> {
  const client = new GatewayClient(options);
  let before: Look | undefined;
  for (let looks = 1; ; looks++) {
    const look = await takeLook(client, signal);
    if (options.json) output.json(document(look, before));
    else draw(output, look, before);
    if (looks === options.count) return;
    before = look;
    await setTimeout(options.interval * 1000, undefined, { signal });
  }
}

async function takeLook(client: GatewayClient, signal: AbortSignal): Promise<Look> {
  const [gateway, connectors] = await Promise.all([
    client.get<Gateway>('/admin', signal),
    client.get<ConnectorStatus[]>('/admin/connectors', signal),
  ]);
  return { at: performance.now(), gateway, connectors };
}

/** Messages stored a second since the look before; null at the first look. */
function rateOf(status: ConnectorStatus, look: Look, before: Look | undefined): number | null {
  const earlier = before?.connectors.find(({ id }) => id === status.id);
  if (before === undefined || earlier === undefined) return null;
  return ((status.counts.stored - earlier.counts.stored) * 1000) / (look.at - before.at);
}

function document(look: Look, before: Look | undefined): object {
  return {
    gateway: look.gateway,
    connectors: look.connectors.map((status) => ({ ...status, rate: rateOf(status, look, before) })),
  };
}

function draw(output: Output, look: Look, before: Look | undefined): void {
  const { version, state, bus, counts } = look.gateway;
  if (output.terminal) output.clear();
  const tally = Object.entries(counts ?? {}).map(([name, count]) => `${name} ${count}`);
  output.line(`HealthOS ${version}  ${state}  bus ${bus.kind} ${bus.state}, ${orDash(bus.depth)} to do`);
  output.line(`messages: ${tally.join(', ') || '-'}`);
  output.line();
  output.table(
    heads,
    look.connectors.map((status) => row(status, rateOf(status, look, before))),
  );
}

const heads = ['ID', 'STATE', 'MSG/S', 'LAG', 'STORED', 'DUPLICATE', 'REFUSED', 'FAILED', 'WHY'];

function row(status: ConnectorStatus, rate: number | null): Cell[] {
  const { counts } = status;
  return [
    status.id,
    stateCell(stateOf(status)),
    rate === null ? '-' : rate.toFixed(1),
    orDash(status.lag),
    String(counts.stored),
    String(counts.duplicate),
    countCell(counts.refused),
    countCell(counts.failed),
    status.reason?.message ?? '',
  ];
}

function countCell(count: number): Cell {
  return count === 0 ? '0' : { text: String(count), colour: 'red' };
}

const examples = `
Examples:
  healthos top
  healthos top --count 1            one look
  healthos top --json --interval 5  for machines: one document a look`;
