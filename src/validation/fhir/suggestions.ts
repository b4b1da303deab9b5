/** What to say of names that the standard does not know. */
import { nearest } from '../../config/nearest.ts';
import type { Definitions, TypeDefinition } from './definitions.ts';
import { type Findings, isShown } from './findings.ts';
import { type JsonObject, textOf } from './json-object.ts';

/** Beyond so many findings nobody reads what was meant, and looking for it costs. */
const MOST_SUGGESTIONS = 100;
const MOST_NAMES = 12;

export function unknownElement(name: string, type: TypeDefinition, findings: Findings): string {
  const { name: owner, elements } = type;
  if (elements.has(name.slice(1)))
    return 'Only a primitive has its id and extensions beside it: here they are within it.';
  const near = suggestion(name, elements.keys(), findings);
  if (near !== undefined) return `${owner} has no such element: did you mean ${near}?`;
  return (
    ofChoice(name, type) ?? `${owner} has no such element: correct its name, or carry it as an extension.`
  );
}

/** Where it begins as a choice does, the names that this has. */
function ofChoice(name: string, { name: owner, elements }: TypeDefinition): string | undefined {
  const choice = [...elements.values()].find(
    (one) => one.choice !== null && name.startsWith(one.choice),
  )?.choice;
  if (choice === undefined) return undefined;
  const names = [...elements.values()].filter((one) => one.choice === choice).map((one) => one.name);
  const some =
    names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')} and others` : names.join(', ');
  return `${owner} has no such element: ${choice}[x] is written ${some}.`;
}

export function unknownType(resource: JsonObject, { resources }: Definitions, findings: Findings): string {
  const near = suggestion(textOf(resource['resourceType']) ?? '', resources, findings);
  const advice = near === undefined ? '' : ` Did you mean ${near}?`;
  return `A resource is expected here, with a resourceType that the release defines.${advice}`;
}

function suggestion(name: string, known: Iterable<string>, findings: Findings): string | undefined {
  return isShown(name) && findings.count < MOST_SUGGESTIONS ? nearest(name, known) : undefined;
}
