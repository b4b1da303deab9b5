/** The rules of contained resources: each has an id of its own, and something refers to it (R4, references.html#contained). */
import { isObject, items, type JsonObject, textOf } from './json-object.ts';
import type { Scope } from './scope.ts';

export function checkContained(resource: JsonObject, { findings, resource: inner, root }: Scope): void {
  if (inner !== root) return;
  const used = fragmentsIn(resource);
  const seen = new Set<string>();
  findings.enter('contained');
  for (const [index, contained] of items(resource['contained']).entries()) {
    if (!isObject(contained)) continue;
    findings.enter(index);
    checkOne(contained, used, seen, findings);
    findings.leave();
  }
  findings.leave();
}

function checkOne(
  contained: JsonObject,
  used: ReadonlySet<string>,
  seen: Set<string>,
  findings: Scope['findings'],
): void {
  const id = textOf(contained['id']);
  if (id === undefined) {
    findings.add('fhir/contained-id', 'A contained resource needs an id, by which it is referred to.');
  } else if (seen.has(id)) {
    findings.add('fhir/contained-id', 'Another contained resource has the same id.');
  } else if (!used.has(`#${id}`) && !fragmentsIn(contained).has('#')) {
    const message = 'Nothing refers to this contained resource, and it does not refer to what contains it.';
    findings.add('fhir/contained-unused', message);
  }
  if (id !== undefined) seen.add(id);
}

/** The links and images of a narrative. */
const links = /(?:href|src)\s*=\s*["'](#[^"']+)/g;

/** All texts that are a fragment, such as `#p1`, and what a narrative shows of such. */
function fragmentsIn(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') {
    if (value.startsWith('#')) found.add(value);
    else if (value.startsWith('<div')) for (const [, link = ''] of value.matchAll(links)) found.add(link);
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) fragmentsIn(child, found);
  }
  return found;
}
