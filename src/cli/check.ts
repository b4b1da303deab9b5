/** `healthos check`: finds every mistake in service definitions. */
import { Command } from 'commander';
import type { Mistake } from '../config/definition.ts';
import { ConfigError, formatMistake } from '../config/mistakes.ts';
import type { CommandFactory } from './command.ts';
import { plural } from './format.ts';
import type { Output } from './output.ts';

interface Checked {
  readonly file: string;
  readonly connectors: number;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
}

export const checkCommand: CommandFactory = (output, report) =>
  new Command('check')
    .description('find every mistake in service definitions')
    .argument('<file...>', 'service definitions (YAML)')
    .option('--json', 'one JSON document a line')
    .addHelpText('after', examples)
    .action(async (files: string[], options: { json?: true }) => {
      for (const file of files) {
        const checked = await check(file);
        if (checked.mistakes.length > 0) report(2);
        if (options.json) showJson(output, checked);
        else show(output, checked);
      }
    });

async function check(file: string): Promise<Checked> {
  const { loadDefinition } = await import('../config/load.ts');
  try {
    const { definition, flaws, warnings } = await loadDefinition(file, { env: process.env });
    return { file, connectors: definition.connectors.length, mistakes: flaws, warnings };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return { file, connectors: 0, mistakes: thrown.mistakes, warnings: [] };
  }
}

function show(output: Output, { file, connectors, mistakes, warnings }: Checked): void {
  for (const mistake of mistakes)
    output.line(`${output.colour('red', 'mistake')}  ${formatMistake(mistake)}`);
  for (const warning of warnings)
    output.line(`${output.colour('yellow', 'warning')}  ${formatMistake(warning)}`);
  if (mistakes.length > 0) output.line(`${file}: ${plural(mistakes.length, 'mistake')}.`);
  else
    output.line(`${output.colour('green', 'ok')}  ${file}: ${plural(connectors, 'connector')}, no mistake.`);
}

/** A line a finding, then one for the file. */
function showJson(output: Output, { file, mistakes, warnings }: Checked): void {
  for (const mistake of mistakes) output.json({ severity: 'mistake', ...mistake });
  for (const warning of warnings) output.json({ severity: 'warning', ...warning });
  output.json({ file, ok: mistakes.length === 0, mistakes: mistakes.length, warnings: warnings.length });
}

const examples = `
Each mistake is written file:line:column, so that editors and CI find the place. Exit status 2 when there is one.

Examples:
  healthos check config/quickstart.yaml
  healthos check config/*.yaml --json`;
