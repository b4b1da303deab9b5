/**
 * Checks a resource against the definitions of its release: which elements there are, how often, and what they hold.
 *
 * It walks the JSON form (the XML reader makes the same), visiting each value once.
 */
import { checkBundle } from './bundle.ts';
import { holdsCode, notOfTheSet } from './codes.ts';
import { checkContained } from './contained.ts';
import type { ElementDefinition, TypeDefinition } from './definitions.ts';
import { checkExtensions } from './extensions.ts';
import { checkInvariants } from './invariants.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { checkNarrative } from './narrative.ts';
import { particulars } from './particulars.ts';
import type { Primitive } from './primitives.ts';
import { checkProfiles } from './profiles/check.ts';
import { unknownElement, unknownType } from './suggestions.ts';
import { nestedScope, type Outer, rootScope, type Scope } from './scope.ts';

/** Checks the resource at the root. Its type, where the release has it, was told before. */
export function checkRoot(resource: JsonObject, type: string, outer: Outer): void {
  outer.findings.enter(type);
  checkResource(resource, type, rootScope(outer, resource, null));
  outer.findings.leave();
}

function checkResource(resource: JsonObject, type: string, scope: Scope): void {
  checkObject(resource, scope.definitions.type(type), null, scope);
  if (Object.hasOwn(resource, 'contained')) checkContained(resource, scope);
  if (scope.bundle !== null) checkBundle(resource, scope);
  if (Object.hasOwn(resource, 'meta')) checkProfiles(resource, scope);
}

/** `definition` is that of the element which holds the object; null at a resource. */
function checkObject(
  object: JsonObject,
  type: TypeDefinition,
  definition: ElementDefinition | null,
  scope: Scope,
): void {
  const names = Object.keys(object);
  if (names.length === 0 || isBareId(names, type)) {
    scope.findings.add(
      'fhir/empty-element',
      'This is empty: leave it out, or give it an element.',
      type.name,
    );
  }
  let choices: Map<string, string> | null = null;
  for (const name of names) {
    if (name === 'resourceType' && type.isResource) continue;
    const child = elementOf(type, name, scope);
    if (child === undefined) continue;
    if (child.choice !== null) choices = checkChoice(child, choices, scope);
    checkElement(object, name, child, scope);
  }
  checkRequired(object, type, scope);
  if (Object.hasOwn(object, 'extension') || Object.hasOwn(object, 'modifierExtension')) {
    checkExtensions(object, type, definition, scope);
  }
  particulars.get(type.name)?.(object, definition, scope);
  if (type.invariants.length > 0) checkInvariants(type.invariants, object, type.name, scope);
}

/** ele-1: an id alone is no content. Beside a primitive value it is. */
function isBareId(names: readonly string[], type: TypeDefinition): boolean {
  return names.length === 1 && names[0] === 'id' && type.name !== 'Element' && !type.isResource;
}

/** The element that a property is about; `_birthDate` is about `birthDate`. */
function elementOf(type: TypeDefinition, name: string, scope: Scope): ElementDefinition | undefined {
  const definition = type.elements.get(name);
  if (definition !== undefined) return definition;
  const sibling = name.startsWith('_') ? type.elements.get(name.slice(1)) : undefined;
  if (sibling?.primitive) return sibling;
  scope.findings.addAt(name, 'fhir/unknown-element', unknownElement(name, type, scope.findings), type.name);
  return undefined;
}

function checkChoice(
  { name, path, choice }: ElementDefinition,
  seen: Map<string, string> | null,
  { findings }: Scope,
): Map<string, string> {
  const choices = seen ?? new Map<string, string>();
  const first = choices.get(choice ?? '');
  if (first === undefined) choices.set(choice ?? '', name);
  else if (first !== name) {
    const message = `There is ${first} already: only one of ${path} may be there.`;
    findings.addAt(name, 'fhir/choice-type', message, path);
  }
  return choices;
}

function checkRequired(object: JsonObject, type: TypeDefinition, { findings }: Scope): void {
  for (const { name, path, names } of type.required) {
    const isThere = names.some((one) => Object.hasOwn(object, one) || Object.hasOwn(object, `_${one}`));
    if (isThere) continue;
    findings.add('fhir/required-element', `The element ${name} is missing: it is required here.`, path);
  }
}

function checkElement(object: JsonObject, name: string, definition: ElementDefinition, scope: Scope): void {
  const value = object[name];
  scope.findings.enter(definition.name);
  if (!definition.repeats) checkSingle(value, object, name, definition, scope);
  else if (Array.isArray(value)) checkItems(value, object, name, definition, scope);
  else {
    const message = 'This element repeats, so JSON has it as an array even when there is one.';
    scope.findings.add('fhir/data-type', message, definition.path);
  }
  scope.findings.leave();
}

function checkSingle(
  value: unknown,
  object: JsonObject,
  name: string,
  definition: ElementDefinition,
  scope: Scope,
): void {
  if (Array.isArray(value)) {
    scope.findings.add('fhir/cardinality', 'This element does not repeat.', definition.path);
  } else if (value === null) {
    scope.findings.add('fhir/data-type', 'null is no value: leave the element out.', definition.path);
  } else checkValue(value, object, name, definition, scope);
}

function checkItems(
  values: readonly unknown[],
  object: JsonObject,
  name: string,
  definition: ElementDefinition,
  scope: Scope,
): void {
  const { findings } = scope;
  checkCount(values, object, name, definition, scope);
  for (const [index, value] of values.entries()) {
    if (value === null && isToldBeside(object, name, index, definition)) continue;
    findings.enter(index);
    if (value === null) findings.add('fhir/data-type', nullSentence(definition), definition.path);
    else checkValue(value, object, name, definition, scope);
    findings.leave();
  }
}

function checkCount(
  { length }: readonly unknown[],
  object: JsonObject,
  name: string,
  { name: plain, path, least, most }: ElementDefinition,
  { findings }: Scope,
): void {
  if (length === 0) findings.add('fhir/empty-element', 'The array is empty: leave it out.', path);
  else if (length > most) findings.add('fhir/cardinality', `At most ${most} of this may be there.`, path);
  else if (length < least)
    findings.add('fhir/cardinality', `At least ${least} of this have to be there.`, path);
  if (name === plain) return;
  const values = Object.hasOwn(object, plain) ? object[plain] : undefined;
  if (!Array.isArray(values) || values.length >= length) return;
  findings.add(
    'fhir/data-type',
    'There are more extensions than values: fill both arrays up with null.',
    path,
  );
}

/**
 * A null in one of `given` and `_given` stands for what is in the other (R4, json.html#primitive). Where null is in both,
 * it is found in `given`.
 */
function isToldBeside(
  object: JsonObject,
  name: string,
  index: number,
  { name: plain, primitive }: ElementDefinition,
): boolean {
  if (primitive === null) return false;
  const other = name === plain ? `_${name}` : plain;
  const values: unknown = Object.hasOwn(object, other) ? object[other] : undefined;
  if (!Array.isArray(values) || values[index] === undefined) return false;
  return values[index] !== null || name !== plain;
}

function nullSentence({ name, primitive }: ElementDefinition): string {
  return primitive === null
    ? 'null is no value: leave it out.'
    : `null stands for what is in the other of ${name} and _${name}, and there is nothing: leave it out.`;
}

function checkValue(
  value: unknown,
  holder: JsonObject,
  name: string,
  definition: ElementDefinition,
  scope: Scope,
): void {
  if (definition.primitive === null) checkComplex(value, holder, definition, scope);
  else if (name === definition.name) checkPrimitive(value, definition, definition.primitive, scope);
  else checkPrimitiveExtension(value, definition, scope);
}

/** `_birthDate` holds the id and the extensions of `birthDate`. */
function checkPrimitiveExtension(value: unknown, definition: ElementDefinition, scope: Scope): void {
  if (isObject(value)) checkObject(value, scope.definitions.type('Element'), definition, scope);
  else {
    const message = 'An object with the id and the extensions of the element is expected beside it.';
    scope.findings.add('fhir/data-type', message, definition.path);
  }
}

function checkComplex(value: unknown, holder: JsonObject, definition: ElementDefinition, scope: Scope): void {
  const { typeName, codes, path, invariants } = definition;
  if (!isObject(value)) {
    scope.findings.add('fhir/data-type', `An object is expected here: ${article(typeName)}.`, path);
  } else if (typeName === 'Resource') checkNested(value, holder, definition, scope);
  else {
    checkObject(value, scope.definitions.type(typeName), definition, scope);
    if (invariants.length > 0) checkInvariants(invariants, value, path, scope);
    if (codes !== null && !holdsCode(value, typeName, codes)) {
      scope.findings.add('fhir/required-binding', notOfTheSet(codes), path);
    }
  }
}

function checkNested(
  resource: JsonObject,
  holder: JsonObject,
  definition: ElementDefinition,
  scope: Scope,
): void {
  const type = scope.definitions.resourceTypeOf(resource);
  if (type === null) {
    scope.findings.add(
      'fhir/unknown-resource-type',
      unknownType(resource, scope.definitions, scope.findings),
    );
    return;
  }
  if (definition.path === 'DomainResource.contained' && Object.hasOwn(resource, 'contained')) {
    const message = 'A contained resource contains others: move them one level up.';
    scope.findings.add('fhir/contained-nesting', message);
  }
  checkResource(resource, type, nestedScope(scope, resource, holder, definition.path));
}

function checkPrimitive(
  value: unknown,
  definition: ElementDefinition,
  primitive: Primitive,
  scope: Scope,
): void {
  const { findings } = scope;
  const { path, codes } = definition;
  if (typeof value !== primitive.json) {
    findings.add('fhir/data-type', `A JSON ${primitive.json} is expected here: ${primitive.form}.`, path);
  } else if (!primitive.holds(value)) {
    const message = `The value is not ${article(primitive.name)}: it has to be ${primitive.form}.`;
    findings.add('fhir/primitive-format', message, path);
  } else if (primitive.name === 'xhtml') {
    checkNarrative(String(value), findings);
  } else if (codes !== null && !codes.has(String(value))) {
    findings.add('fhir/required-binding', notOfTheSet(codes), path);
  }
}

/** As it is spoken: a uri, a uuid, but an unsignedInt, an xhtml. */
function article(typeName: string): string {
  return `${/^(?:[AEIO]|un|x)/i.test(typeName) ? 'an' : 'a'} ${typeName}`;
}
