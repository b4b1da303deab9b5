/** Errors, as `/openapi.json` describes them. */
import { errorCatalogue, type ErrorCode } from '../errors.ts';

/** One response a status, which names the codes that it may have. */
export function problemsOf(
  errors: readonly ErrorCode[],
  taken: readonly string[] = [],
): Record<string, object> {
  const statuses = new Map<string, ErrorCode[]>();
  for (const code of new Set(errors)) {
    const status = String(errorCatalogue[code].status);
    statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...statuses]
      .filter(([status]) => !taken.includes(status))
      .map(([status, codes]) => [status, problemAnswer(codes)]),
  );
}

function problemAnswer(codes: readonly ErrorCode[]): object {
  const lines = codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`);
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: lines.join(' '), content: { 'application/problem+json': { schema } } };
}
