/**
 * Checks a resource against the element tables of FHIR R4: which elements there are, how often, and what they hold.
 *
 * It walks the JSON form (the XML reader makes the same), visiting each value once.
 */
import type { ElementDefinition, TypeDefinition } from './definitions.ts';
import { isResourceType, typeDefinition } from './definitions.ts';
import type { Findings } from './findings.ts';
import { checkNarrative } from './narrative.ts';
import type { Primitive } from './primitives.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks the resource at the root. Its type, where R4 has it, was told before. */
export function checkRoot(resource: JsonObject, type: string, findings: Findings): void {
  findings.enter(type);
  checkObject(resource, typeDefinition(type), findings, true);
  findings.leave();
}

/** `resourceType` of the object, where R4 defines such a resource. */
export function resourceTypeOf(resource: JsonObject): string | null {
  const type = Object.hasOwn(resource, 'resourceType') ? resource['resourceType'] : undefined;
  return typeof type === 'string' && isResourceType(type) ? type : null;
}

function checkObject(object: JsonObject, type: TypeDefinition, findings: Findings, isResource = false): void {
  const names = Object.keys(object);
  if (names.length === 0 || isBareId(names, type)) {
    findings.add('fhir/empty-element', 'This is empty: leave it out, or give it an element.', type.name);
  }
  let choices: Map<string, string> | null = null;
  for (const name of names) {
    if (isResource && name === 'resourceType') continue;
    const definition = elementOf(type, name, findings);
    if (definition === undefined) continue;
    if (definition.choice !== null) choices = checkChoice(definition, choices, findings);
    checkElement(object, name, definition, findings);
  }
  checkRequired(object, type, findings);
  if (type.name === 'Extension') checkExtension(object, choices !== null, findings);
}

/** ele-1: an id alone is no content. Beside a primitive value it is. */
function isBareId(names: readonly string[], type: TypeDefinition): boolean {
  return names.length === 1 && names[0] === 'id' && type.name !== 'Element' && !isResourceType(type.name);
}

/** The element that a property is about; `_birthDate` is about `birthDate`. */
function elementOf(type: TypeDefinition, name: string, findings: Findings): ElementDefinition | undefined {
  const definition = type.elements.get(name);
  if (definition !== undefined) return definition;
  const sibling = name.startsWith('_') ? type.elements.get(name.slice(1)) : undefined;
  if (sibling?.primitive) return sibling;
  findings.addAt(
    name,
    'fhir/unknown-element',
    `${type.name} has no such element: correct its name, or carry it as an extension.`,
    type.name,
  );
  return undefined;
}

function checkChoice(
  { name, path, choice }: ElementDefinition,
  seen: Map<string, string> | null,
  findings: Findings,
): Map<string, string> {
  const choices = seen ?? new Map<string, string>();
  const first = choices.get(choice ?? '');
  if (first === undefined) choices.set(choice ?? '', name);
  else if (first !== name) {
    findings.addAt(
      name,
      'fhir/choice-type',
      `There is ${first} already: only one of ${path} may be there.`,
      path,
    );
  }
  return choices;
}

function checkRequired(object: JsonObject, type: TypeDefinition, findings: Findings): void {
  for (const { name, path, names } of type.required) {
    if (
      names.some((candidate) => Object.hasOwn(object, candidate) || Object.hasOwn(object, `_${candidate}`))
    ) {
      continue;
    }
    findings.add('fhir/required-element', `The element ${name} is missing: R4 requires it here.`, path);
  }
}

/** ext-1. An extension that has neither is reported as empty where it holds nothing but its URL. */
function checkExtension(extension: JsonObject, hasValue: boolean, findings: Findings): void {
  const hasExtensions = Object.hasOwn(extension, 'extension');
  if (hasValue !== hasExtensions) return;
  const message = hasValue
    ? 'An extension has a value or extensions, not both.'
    : 'An extension needs a value or extensions.';
  findings.add('fhir/extension-value', message);
}

function checkElement(
  object: JsonObject,
  name: string,
  definition: ElementDefinition,
  findings: Findings,
): void {
  const value = object[name];
  findings.enter(definition.name);
  if (definition.repeats) checkArray(value, object, name, definition, findings);
  else if (Array.isArray(value)) {
    findings.add('fhir/cardinality', 'An array is here: the element does not repeat.', definition.path);
  } else checkValue(value, name, definition, findings);
  findings.leave();
}

function checkArray(
  value: unknown,
  object: JsonObject,
  name: string,
  definition: ElementDefinition,
  findings: Findings,
): void {
  if (!Array.isArray(value)) {
    findings.add('fhir/data-type', 'An array is expected here: the element may repeat.', definition.path);
    return;
  }
  const items: readonly unknown[] = value;
  if (items.length === 0) {
    findings.add('fhir/empty-element', 'The array is empty: leave it out.', definition.path);
  }
  for (const [index, item] of items.entries()) {
    if (item === null && isCounterpart(object, name, index, definition)) continue;
    findings.enter(index);
    checkValue(item, name, definition, findings);
    findings.leave();
  }
}

/** A null in one of `given` and `_given` stands for what is in the other (R4, 2.6.2.1). */
function isCounterpart(
  object: JsonObject,
  name: string,
  index: number,
  definition: ElementDefinition,
): boolean {
  if (definition.primitive === null) return false;
  const other = name === definition.name ? `_${name}` : definition.name;
  const items: unknown = Object.hasOwn(object, other) ? object[other] : undefined;
  return Array.isArray(items) && items[index] !== null && items[index] !== undefined;
}

function checkValue(value: unknown, name: string, definition: ElementDefinition, findings: Findings): void {
  if (definition.primitive === null) checkComplex(value, definition, findings);
  else if (name === definition.name) checkPrimitive(value, definition, definition.primitive, findings);
  else checkPrimitiveExtension(value, definition, findings);
}

/** `_birthDate` holds the id and the extensions of `birthDate`. */
function checkPrimitiveExtension(value: unknown, definition: ElementDefinition, findings: Findings): void {
  if (isObject(value)) checkObject(value, typeDefinition('Element'), findings);
  else {
    findings.add(
      'fhir/data-type',
      'An object with the id and the extensions of the element is expected beside it.',
      definition.path,
    );
  }
}

function checkComplex(value: unknown, definition: ElementDefinition, findings: Findings): void {
  if (!isObject(value)) {
    findings.add(
      'fhir/data-type',
      `An object is expected here: ${article(definition.typeName)}.`,
      definition.path,
    );
  } else if (definition.typeName === 'Resource') checkNested(value, definition, findings);
  else {
    checkObject(value, typeDefinition(definition.typeName), findings);
    if (definition.codes !== null) checkConcept(value, definition, findings);
  }
}

function checkNested(resource: JsonObject, definition: ElementDefinition, findings: Findings): void {
  const type = resourceTypeOf(resource);
  if (type === null) {
    findings.add('fhir/unknown-resource-type', 'A resource is expected here, with a resourceType of R4.');
    return;
  }
  if (definition.path === 'DomainResource.contained' && Object.hasOwn(resource, 'contained')) {
    findings.add('fhir/contained-nesting', 'A contained resource contains others: move them one level up.');
  }
  checkObject(resource, typeDefinition(type), findings, true);
}

function checkPrimitive(
  value: unknown,
  definition: ElementDefinition,
  primitive: Primitive,
  findings: Findings,
): void {
  if (typeof value !== primitive.json) {
    findings.add(
      'fhir/data-type',
      `A JSON ${primitive.json} is expected here: ${primitive.form}.`,
      definition.path,
    );
  } else if (!primitive.holds(value)) {
    findings.add(
      'fhir/primitive-format',
      `The value is not ${article(primitive.name)}: it has to be ${primitive.form}.`,
      definition.path,
    );
  } else if (primitive.name === 'xhtml') {
    checkNarrative(String(value), findings);
  } else if (definition.codes !== null && !definition.codes.all.has(String(value))) {
    findings.add('fhir/required-binding', notOfTheSet(definition), definition.path);
  }
}

/** Of a CodeableConcept with a required binding, one coding has to be of the value set. */
function checkConcept(concept: JsonObject, definition: ElementDefinition, findings: Findings): void {
  const codings: unknown = definition.typeName === 'Coding' ? [concept] : concept['coding'];
  if (codings === undefined && Object.hasOwn(concept, 'extension')) return;
  if (Array.isArray(codings) && codings.some((coding) => isOfTheSet(coding, definition))) return;
  findings.add('fhir/required-binding', notOfTheSet(definition), definition.path);
}

function isOfTheSet(coding: unknown, definition: ElementDefinition): boolean {
  if (!isObject(coding)) return false;
  const { system, code } = coding;
  if (typeof system !== 'string' || typeof code !== 'string') return false;
  return definition.codes?.bySystem.get(system)?.has(code) ?? false;
}

const MOST_CODES_NAMED = 12;

function notOfTheSet({ codes }: ElementDefinition): string {
  const all = [...(codes?.all ?? [])];
  const named = all.length > MOST_CODES_NAMED ? '' : `: ${all.join(', ')}`;
  return `The code is not of the value set ${codes?.valueSet ?? ''}${named}.`;
}

function article(typeName: string): string {
  return `${/^[AEIOUaeiou]/.test(typeName) ? 'an' : 'a'} ${typeName}`;
}
