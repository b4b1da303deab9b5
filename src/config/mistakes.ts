/** Mistakes in a service definition: where they are, what is wrong, what would be right. Never a value. */
import { HealthosError } from '../errors.ts';
import type { Mistake } from './definition.ts';
import { formatPath, type Path } from './path.ts';

/** A service definition that cannot be used; every mistake at once, in the order of the file, and of the profiles that it names. */
export class ConfigError extends HealthosError {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    const files = mistakes.map(({ file }) => file);
    const sorted = mistakes.toSorted(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
    );
    super('config/invalid', sorted.map(formatMistake).join('\n'));
    this.name = 'ConfigError';
    this.mistakes = sorted;
  }
}

/** `file:line:column path: message (suggestion)`, in one line. */
export function formatMistake(mistake: Mistake): string {
  const where = `${mistake.file}:${mistake.line}:${mistake.column}`;
  const path = mistake.path === '' ? '' : `${mistake.path}: `;
  const suggestion = mistake.suggestion === null ? '' : ` (${mistake.suggestion})`;
  return `${where} ${path}${mistake.message}${suggestion}`;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong, before its place in the file is known. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly suggestion?: string | undefined;
  /** Point at the key rather than at its value. */
  readonly atKey?: boolean;
}

export function mistakeAt(file: string, position: Position, finding: Finding): Mistake {
  return {
    file,
    line: position.line,
    column: position.column,
    path: formatPath(finding.path),
    message: finding.message,
    suggestion: finding.suggestion ?? null,
  };
}
