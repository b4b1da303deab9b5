/** Subjects on the server: which covers which, and what the configuration calls the two that it may rename. */
import { subjects, VALIDATED_ANY } from '../subjects.ts';

/** Does every subject that `narrow` matches match `wide` too? Both may have NATS wildcards. */
export function covers(wide: string, narrow: string): boolean {
  const wanted = wide.split('.');
  const given = narrow.split('.');
  for (const [i, part] of wanted.entries()) {
    const token = given[i];
    if (part === '>') return token !== undefined;
    if (token === undefined || token === '>') return false;
    if (part !== '*' && part !== token) return false;
  }
  return wanted.length === given.length;
}

export interface SubjectNames {
  /** All that the stream must hold, as the server calls them. */
  readonly all: readonly string[];
  /** From what the gateway calls a subject, or a filter, to what the server calls it; and back. */
  readonly toServer: (subject: string) => string;
  readonly fromServer: (subject: string) => string;
}

/** `app.messaging.ingress_subject` and `error_subject`, where they differ from the contract's. */
export function subjectNames(given: { readonly ingress: string; readonly errors: string }): SubjectNames {
  const pairs = [
    [subjects.ingress, given.ingress],
    [subjects.errors, given.errors],
  ] as const;
  const there = new Map<string, string>(pairs);
  const back = new Map<string, string>(pairs.map(([own, server]) => [server, own]));
  return {
    all: [given.ingress, given.errors, VALIDATED_ANY, subjects.delivered, subjects.deadletter],
    toServer: (subject) => there.get(subject) ?? subject,
    fromServer: (subject) => back.get(subject) ?? subject,
  };
}
