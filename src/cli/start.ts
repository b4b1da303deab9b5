/** `healthos start`: runs the gateway. */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type CommandFactory, parseCount } from './command.ts';

interface StartOptions {
  readonly file: string;
  readonly port?: number;
  readonly data?: string;
  readonly demo?: true;
  readonly inspect?: true;
}

export const startCommand: CommandFactory = (_output, report) =>
  new Command('start')
    .alias('core')
    .description('run the gateway')
    .option('-f, --file <file>', 'the service definition', quickstart())
    .option('--port <port>', 'listen on this port; wins over the file', parseCount(0, 65_535))
    .option('--data <dir>', 'keep the data in this folder; wins over the file')
    .option('--demo', 'with synthetic traffic of all four formats')
    .option('--inspect', 'open the way for the Stately inspector, on loopback')
    .addHelpText('after', examples)
    .action(async ({ demo, ...options }: StartOptions) => {
      const { runGateway } = await import('../main.ts');
      const afterStart = demo && (await import('./demo/traffic.ts')).sendDemo;
      report(await runGateway({ ...options, ...(afterStart && { afterStart }) }));
    });

/** The definition that comes with HealthOS. */
export function quickstart(): string {
  return fileURLToPath(new URL('../../config/quickstart.yaml', import.meta.url));
}

const examples = `
The first SIGTERM or SIGINT (Ctrl-C) drains and ends; another, a second or more later, ends at once.

Examples:
  healthos start                               config/quickstart.yaml: everything under ./data
  healthos start -f gateway.yaml --port 9090
  healthos start --data /var/lib/healthos`;
