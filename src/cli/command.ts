/** What the commands share: their shape, and options that many of them take. */
import { type Command, InvalidArgumentError } from 'commander';
import { nearest } from '../config/nearest.ts';
import { usageError } from './errors.ts';
import type { Output } from './output.ts';

/** Makes a command. `report` takes the exit status that it comes to, where that is not 0. */
export type CommandFactory = (output: Output, report: (status: number) => void) => Command;

export interface GatewayOptions {
  readonly url: string;
  readonly token?: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:8080';

/** `--url`, `--token` and `--json`, for commands that ask a gateway. */
export function gatewayOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the gateway (or HEALTHOS_URL)', parseUrl, defaultUrl())
    .option('--token <token>', 'a bearer token (or HEALTHOS_TOKEN)', process.env['HEALTHOS_TOKEN'])
    .option('--json', 'one JSON document a line');
}

export function defaultUrl(): string {
  return process.env['HEALTHOS_URL'] || DEFAULT_URL;
}

export function parseUrl(text: string): string {
  if (isWebUrl(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('It must be a URL, such as http://127.0.0.1:8080.');
}

export function isWebUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A whole number within bounds. */
export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A number above 0. */
export function parsePositive(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** Makes this the command of its parent that runs where none is named; a misspelt name is told apart. */
export function addDefault(parent: Command, command: Command): void {
  parent.addCommand(command, { isDefault: true });
  parent.hook('preSubcommand', () => {
    const written = parent.args[0] ?? '-';
    const names = parent.commands.map((one) => one.name());
    if (written.startsWith('-') || names.includes(written)) return;
    const near = nearest(written, names);
    const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
    throw usageError(`${parent.name()} has no such command. ${hint}`);
  });
}
