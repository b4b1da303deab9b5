/** Subjects of NATS, with the wildcards `*` (one token) and `>` (all that follow). */

/** True where a message could match two of the subjects. */
export function overlap(subjects: readonly string[]): boolean {
  return subjects.some((one, index) => subjects.slice(index + 1).some((other) => collide(one, other)));
}

/** Those of `wanted` that match nothing of what `held` matches. */
export function strangers(wanted: readonly string[], held: readonly string[]): readonly string[] {
  return wanted.filter((subject) => !held.some((other) => collide(subject, other)));
}

function collide(one: string, other: string): boolean {
  const [ones, others] = [one.split('.'), other.split('.')];
  for (let at = 0; ; at++) {
    const [a, b] = [ones[at], others[at]];
    if (a === undefined || b === undefined) return a === b;
    if (a === '>' || b === '>') return true;
    if (a !== b && a !== '*' && b !== '*') return false;
  }
}
