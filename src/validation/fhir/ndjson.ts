/** Bulk files: a resource a line (NDJSON; FHIR Bulk Data Access). */

export interface Line {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * The lines that are not blank, where the text is such a file: its sender says so, or its first line is an object by
 * itself and another begins after it. Null for anything else.
 */
export function linesOf(text: string, hint: string | undefined): readonly Line[] | null {
  const isClaimed = hint !== undefined && /ndjson/i.test(hint);
  if (!isClaimed && !looksLikeIt(text)) return null;
  const lines = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line }))
    .filter((line) => line.text.trim() !== '');
  return lines.length === 0 ? null : lines;
}

/** Cheap for all others: most begin with a lone brace, or are one line. */
function looksLikeIt(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0 || !/^\s*\{.*\}\s*$/.test(text.slice(0, end))) return false;
  return /^\s*\{/.test(text.slice(end + 1)) && isJson(text.slice(0, end));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
