/** `healthos demo`: the gateway with synthetic traffic of all four formats, and what became of each message. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { loadDefinition } from '../config/load.ts';
import { type CommandFactory, parseCount } from './command.ts';
import { missingBrokers, type Need } from './demo/needs.ts';
import { CliError } from './errors.ts';
import type { Output } from './output.ts';
import { quickstart } from './start.ts';

interface DemoOptions {
  readonly file?: string;
  readonly port?: number;
  readonly stay?: true;
}

export const demoCommand: CommandFactory = (output, report) =>
  new Command('demo')
    .description('run the gateway on synthetic traffic, good and bad, and say what became of each message')
    .option('-f, --file <file>', 'the service definition (default: see below)')
    .option('--port <port>', 'listen on this port; wins over the file', parseCount(0, 65_535))
    .option('--stay', 'leave the gateway running')
    .addHelpText('after', examples)
    .action(async ({ file, port, stay }: DemoOptions) => {
      const definition = file === undefined ? await usualDefinition(output) : await named(file);
      const { runGateway } = await import('../main.ts');
      const { sendDemo } = await import('./demo/traffic.ts');
      const data = await mkdtemp(join(tmpdir(), 'healthos-demo-'));
      const options = port === undefined ? { file: definition, data } : { file: definition, data, port };
      try {
        report(await runGateway({ ...options, afterStart: sendDemo, endAfterStart: stay !== true }));
      } finally {
        await rm(data, { recursive: true, force: true });
      }
    });

const withBrokers = fileURLToPath(new URL('../../config/demo.yaml', import.meta.url));

/** All connectors where their brokers are there, else REST alone, and a sentence about how to have the others. */
async function usualDefinition(output: Output): Promise<string> {
  const missing = await missingOf(withBrokers);
  if (missing.length === 0) return withBrokers;
  output.error(
    `The demo is over REST alone, since ${nobodyAt(missing)}. With the brokers of docker/compose.yaml, or npm run infra in a checkout, it goes through Kafka and NATS too.`,
  );
  return quickstart();
}

async function named(file: string): Promise<string> {
  const missing = await missingOf(file);
  if (missing.length === 0) return file;
  throw new CliError(
    1,
    `The demo of ${file} needs its brokers, and ${nobodyAt(missing)}. npm run infra starts those of config/demo.yaml.`,
  );
}

async function missingOf(file: string): Promise<Need[]> {
  const { definition } = await loadDefinition(file, { env: process.env });
  return missingBrokers(definition);
}

function nobodyAt(missing: readonly Need[]): string {
  const places = missing.map(({ setting, addresses }) => `${addresses.join(', ')} (${setting})`);
  return `nothing listens at ${places.join(' and ')}`;
}

const examples = `
Without --file it takes config/demo.yaml, which has REST, MLLP, Kafka and NATS, where the brokers that this names are running;
elsewhere config/quickstart.yaml, which has REST alone and needs nothing. Exit status 1 where a message did not end as
its sample says.

Examples:
  healthos demo
  healthos demo --stay
  healthos demo -f gateway.yaml`;
