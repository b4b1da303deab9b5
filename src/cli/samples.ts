/** `healthos samples`: the built-in synthetic payloads. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Command } from 'commander';
import { nearest } from '../config/nearest.ts';
import { fileFault } from '../config/substitute.ts';
import { findSample, listSamples, readSample, type Sample } from '../samples/index.ts';
import type { CommandFactory } from './command.ts';
import { CliError, usageError } from './errors.ts';
import { plural, stateCell } from './format.ts';
import type { Output } from './output.ts';

export const samplesCommand: CommandFactory = (output) =>
  new Command('samples')
    .description('list, print or write the built-in synthetic payloads')
    .argument('[name]', 'print this one')
    .option('--out <dir>', 'write it, or all of them, into this folder')
    .option('--json', 'one JSON document a line')
    .addHelpText('after', examples)
    .action(async (name: string | undefined, options: { out?: string; json?: true }) => {
      const samples = name === undefined ? listSamples() : [sampleNamed(name)];
      if (options.out !== undefined) write(output, samples, options.out, options.json === true);
      else if (name === undefined || options.json) list(output, samples, options.json === true);
      else await print(output, samples);
    });

/** The sample of this name; a usage error with a suggestion where there is none. */
export function sampleNamed(name: string): Sample {
  const sample = findSample(name);
  if (sample !== undefined) return sample;
  const near = nearest(
    name,
    listSamples().map((one) => one.name),
  );
  const hint = near === undefined ? 'healthos samples lists them.' : `Did you mean ${near}?`;
  throw usageError(`There is no sample of this name. ${hint}`);
}

function describe({ name, format, contentType, valid, title, rules }: Sample): object {
  return { name, format, content_type: contentType, valid, title, rules };
}

function list(output: Output, samples: readonly Sample[], json: boolean): void {
  if (json) {
    for (const sample of samples) output.json(describe(sample));
    return;
  }
  const rows = samples.map(({ name, format, valid, title }) => [
    name,
    format,
    stateCell(valid ? 'valid' : 'invalid'),
    title,
  ]);
  output.table(['NAME', 'FORMAT', 'IS', 'WHAT'], rows);
}

function write(output: Output, samples: readonly Sample[], folder: string, json: boolean): void {
  for (const sample of samples) {
    const path = join(folder, sample.name + extname(sample.file.pathname));
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, readSample(sample));
    } catch (cause) {
      throw new CliError(1, `${path} cannot be written (${fileFault(cause)}).`, { cause });
    }
    if (json) output.json({ ...describe(sample), path });
  }
  if (!json) output.line(`${plural(samples.length, 'payload')} written into ${folder}.`);
}

async function print(output: Output, samples: readonly Sample[]): Promise<void> {
  for (const sample of samples) {
    if (sample.format === 'dicom' && output.terminal) {
      throw usageError('A DICOM file is not for a terminal: write it with --out, or into a pipe.');
    }
    const bytes = readSample(sample);
    // HL7's segments end with a carriage return, which a terminal would write over itself.
    const readable = sample.format === 'hl7v2' && output.terminal;
    await output.bytes(
      readable ? Buffer.from(bytes.toString('latin1').replaceAll('\r', '\n'), 'latin1') : bytes,
    );
  }
}

const examples = `
Examples:
  healthos samples                        list them
  healthos samples NAME > payload         print one, byte for byte
  healthos samples --out samples          write them all
  healthos send --sample NAME             send one to the gateway`;
