/** Which commands there are, and what their end means as an exit status. */
import { Command, CommanderError } from 'commander';
import { checkCommand } from './check.ts';
import { connectorsCommand } from './connectors.ts';
import { demoCommand } from './demo.ts';
import { CliError, exitStatusOf, sentenceOf } from './errors.ts';
import { machinesCommand } from './machines.ts';
import { messagesCommand } from './messages.ts';
import type { Output } from './output.ts';
import { samplesCommand } from './samples.ts';
import { sendCommand } from './send.ts';
import { startCommand } from './start.ts';
import { tapCommand } from './tap.ts';
import { topCommand } from './top.ts';
import { validateCommand } from './validate.ts';
import { packageVersion } from '../version.ts';

/** The exit status: 0 done, 1 the work found something wrong, 2 usage or configuration. */
export async function run(argv: readonly string[], output: Output): Promise<number> {
  let status = 0;
  const report = (found: number) => (status = Math.max(status, found));
  try {
    await createProgram(output, report).parseAsync([...argv]);
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    if (!(thrown instanceof CliError) || thrown.message !== '') output.error(sentenceOf(thrown));
    return exitStatusOf(thrown);
  }
}

/** `report` takes the exit status that a command has come to. */
function createProgram(output: Output, report: (status: number) => void): Command {
  const program = new Command('healthos')
    .description(
      'HealthOS takes in HL7 v2, FHIR, X12 and DICOM, stores, validates, and shows what became of it.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(healthos --help lists the commands)')
    .exitOverride()
    .addHelpText('after', examples);
  const commands = [
    startCommand,
    demoCommand,
    checkCommand,
    validateCommand,
    sendCommand,
    samplesCommand,
    connectorsCommand,
    messagesCommand,
    tapCommand,
    topCommand,
    machinesCommand,
  ];
  for (const command of commands) program.addCommand(inherit(command(output, report), program));
  return program;
}

/** `addCommand` does not hand settings down, as `command` would. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

const examples = `
Exit status: 0 done, 1 the work found something wrong, 2 usage or configuration.

Examples:
  healthos start                            the gateway, with everything under ./data
  healthos samples hl7v2-adt-a01 > adt.hl7  a message to try
  healthos validate adt.hl7                 what is wrong with it, offline
  healthos send adt.hl7 --wait              to the gateway, and wait for its verdict
  healthos messages                         what became of the newest messages`;
