/** The subjects of the bus. Never subscribe to `lfh.healthos.ingress.>`: it matches only the errors. */
import type { Format } from '../messages/envelope.ts';

export const subjects = {
  ingress: 'lfh.healthos.ingress',
  errors: 'lfh.healthos.ingress.errors',
  delivered: 'lfh.healthos.delivered',
  deadletter: 'lfh.healthos.deadletter',
} as const;

export function validatedSubject(format: Format): string {
  return `lfh.healthos.validated.${format}`;
}

/** Every message that passed, of any format. */
export const VALIDATED_ANY = 'lfh.healthos.validated.>';

/** Does a subject match a filter with NATS wildcards (`*` for one token, `>` for one or more at the end)? */
export function subjectMatches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  for (const [i, part] of wanted.entries()) {
    if (part === '>') return tokens.length > i;
    if (i >= tokens.length || (part !== '*' && part !== tokens[i])) return false;
  }
  return wanted.length === tokens.length;
}
