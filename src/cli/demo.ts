/** `healthos demo`: the gateway with synthetic traffic of all four formats, and what became of each message. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { ConnectorDefinition, LoadedDefinition } from '../config/definition.ts';
import type { Gateway } from '../gateway.ts';
import { listSamples, readSample, type Sample } from '../samples/index.ts';
import { type CommandFactory, parseCount } from './command.ts';
import { plural, stateCell } from './format.ts';
import { createOutput, type Cell, type Output } from './output.ts';
import { quickstart } from './start.ts';
import { postPayload, type RestAnswer } from './via/rest.ts';

interface DemoOptions {
  readonly file: string;
  readonly port?: number;
  readonly stay?: true;
}

export const demoCommand: CommandFactory = (_output, report) =>
  new Command('demo')
    .description('run the gateway on synthetic traffic, good and bad, and say what became of each message')
    .option('-f, --file <file>', 'the service definition', quickstart())
    .option('--port <port>', 'listen on this port; wins over the file', parseCount(0, 65_535))
    .option('--stay', 'leave the gateway running')
    .action(async ({ file, port, stay }: DemoOptions) => {
      const { runGateway } = await import('../main.ts');
      const data = await mkdtemp(join(tmpdir(), 'healthos-demo-'));
      const options = port === undefined ? { file, data } : { file, data, port };
      try {
        report(await runGateway({ ...options, afterStart: sendDemo, endAfterStart: stay !== true }));
      } finally {
        await rm(data, { recursive: true, force: true });
      }
    });

/**
 * Sends every sample through every connector, and prints the table of what became of them on standard error: standard
 * output is the log's. Resolves with 1 where one of them did not end as its sample says.
 */
export async function sendDemo(gateway: Gateway, { definition }: LoadedDefinition): Promise<number> {
  const output = createOutput(process.stderr, process.stderr, () => process.exit());
  const endpoints = definition.connectors.filter(isPosted);
  const rows: Outcome[] = [];
  for (const endpoint of endpoints) {
    for (const sample of listSamples()) rows.push(await outcomeOf(gateway.url, endpoint, sample));
  }
  show(output, rows);
  return rows.every(asExpected) ? 0 : 1;
}

interface Outcome {
  readonly connector: string;
  readonly sample: Sample;
  readonly reply: RestAnswer;
}

function isPosted({ enabled, config }: ConnectorDefinition): boolean {
  return enabled && config.type === 'RestEndpoint' && config['http_method'] === 'post';
}

async function outcomeOf(url: string, { id, config }: ConnectorDefinition, sample: Sample): Promise<Outcome> {
  const { name, contentType } = sample;
  const payload = { name, contentType, bytes: new Uint8Array(readSample(sample)) };
  const reply = await postPayload(`${url}${String(config['url'])}`, payload, { wait: true });
  return { connector: id, sample, reply };
}

function asExpected({ sample, reply }: Outcome): boolean {
  return reply.state === (sample.valid ? 'valid' : 'invalid');
}

function show(output: Output, rows: readonly Outcome[]): void {
  output.line();
  output.table(['CONNECTOR', 'SAMPLE', 'FORMAT', 'STATE', 'WHY'], rows.map(cellsOf));
  const unexpected = rows.filter((row) => !asExpected(row)).length;
  const valid = rows.filter(({ reply }) => reply.state === 'valid').length;
  output.line();
  output.line(
    `${plural(rows.length, 'message')}: ${valid} valid, ${rows.length - valid} not, as their samples say${
      unexpected === 0 ? '' : `, but for ${unexpected}`
    }.`,
  );
}

function cellsOf({ connector, sample, reply }: Outcome): readonly Cell[] {
  const issue = reply.issues.find(({ severity }) => severity === 'error');
  const why = issue === undefined ? (reply.detail ?? '') : `${issue.location} ${issue.message}`.trim();
  return [connector, sample.name, reply.format ?? '-', stateCell(reply.state ?? 'refused'), shortened(why)];
}

/** A line of the table stays one line of most terminals. */
function shortened(text: string): string {
  return text.length <= 90 ? text : `${text.slice(0, 89)}…`;
}
