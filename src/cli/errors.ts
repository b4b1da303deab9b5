/** How a command fails: a sentence for a person and an exit status. Never a stack trace. */
import { ConfigError } from '../config/mistakes.ts';
import { describeThrown, HealthosError } from '../errors.ts';

/** 1: the work found something wrong. 2: usage or configuration. */
export type FailureStatus = 1 | 2;

/** A failure in words for whoever typed the command; an empty message where all was said already. */
export class CliError extends Error {
  readonly status: FailureStatus;

  constructor(status: FailureStatus, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'CliError';
    this.status = status;
  }
}

export function usageError(message: string): CliError {
  return new CliError(2, message);
}

export function exitStatusOf(thrown: unknown): FailureStatus {
  if (thrown instanceof CliError) return thrown.status;
  return thrown instanceof ConfigError ? 2 : 1;
}

export function sentenceOf(thrown: unknown): string {
  if (thrown instanceof ConfigError) return thrown.message;
  if (thrown instanceof CliError || thrown instanceof HealthosError) return `healthos: ${thrown.message}`;
  const { name, code, at } = describeThrown(thrown);
  const what = [name, code, at?.replace(/\(.*\//, '(')].filter((part) => part !== undefined).join(' ');
  return `healthos: something is wrong with HealthOS itself. Please report it: ${what}`;
}
