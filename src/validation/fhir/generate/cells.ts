/** How the tables write an element: `min..max types value-set`, such as `0..* Reference(Patient|Group)|string`. */
import type { ElementRow, ElementType } from './sources.ts';
import type { ValueSets } from './value-sets.ts';

const CORE = 'http://hl7.org/fhir/StructureDefinition/';

export function cell(row: ElementRow, sets: ValueSets, types = typesOf(row)): string {
  const set = sets.nameFor(row);
  return `${String(row.min)}..${row.max} ${types}${set === null ? '' : ` ${set}`}`;
}

/** The row's types, each with the resources that it may refer to. */
export function typesOf(row: ElementRow): string {
  return [...new Set((row.type ?? []).map((type) => typeCode(type, row.path) + targetsOf(type)))].join('|');
}

/** `Resource.id` and `Element.id` are FHIRPath strings in the definitions. */
function typeCode({ code }: ElementType, path: string): string {
  if (!code.startsWith('http://hl7.org/fhirpath/')) return code;
  if (path === 'Resource.id') return 'id';
  return path.endsWith('.url') ? 'uri' : 'string';
}

/** Nothing where the target may be any resource, or is a profile of its own. */
function targetsOf({ targetProfile = [] }: ElementType): string {
  const isOpen = targetProfile.some((profile) => !profile.startsWith(CORE) || profile === `${CORE}Resource`);
  if (isOpen || targetProfile.length === 0) return '';
  return `(${targetProfile.map((profile) => profile.slice(CORE.length)).join('|')})`;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
