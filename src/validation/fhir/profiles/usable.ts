/** Whether a StructureDefinition has what is read of it, in the form in which it is read: files of a folder are anybody's. */
import { isObject, items, type JsonObject, textOf } from '../json-object.ts';

/** Its snapshot is there, and each element of it is well-formed. */
export function isUsable(definition: JsonObject): boolean {
  const { url, type, version, context, snapshot } = definition;
  const elements = isObject(snapshot) ? items(snapshot['element']) : [];
  return (
    elements.length > 0 &&
    isText(url) &&
    isText(type) &&
    isAbsentOr(isText, version) &&
    isAbsentOr(listOf(isContext), context) &&
    elements.every(isElement)
  );
}

function isContext(context: unknown): boolean {
  return isObject(context) && isText(context['type']) && isText(context['expression']);
}

function isElement(element: unknown): boolean {
  if (!isObject(element)) return false;
  const { id, path, min, max, base, type, slicing, binding, constraint } = element;
  return (
    [id, path].every(isText) &&
    isAbsentOr(isNumber, min) &&
    isAbsentOr(isText, max) &&
    isAbsentOr(isBase, base) &&
    isAbsentOr(listOf(isType), type) &&
    isAbsentOr(isSlicing, slicing) &&
    isAbsentOr(isBinding, binding) &&
    isAbsentOr(listOf(isConstraint), constraint)
  );
}

function isBase(base: unknown): boolean {
  return isObject(base) && isNumber(base['min']) && isText(base['max']);
}

function isType(type: unknown): boolean {
  if (!isObject(type)) return false;
  const { code, profile, targetProfile } = type;
  return isText(code) && [profile, targetProfile].every((list) => isAbsentOr(listOf(isText), list));
}

function isSlicing(slicing: unknown): boolean {
  return isObject(slicing) && isAbsentOr(listOf(isDiscriminator), slicing['discriminator']);
}

function isDiscriminator(discriminator: unknown): boolean {
  return isObject(discriminator) && isText(discriminator['type']) && isText(discriminator['path']);
}

function isBinding(binding: unknown): boolean {
  return isObject(binding) && isAbsentOr(isText, binding['valueSet']);
}

function isConstraint(constraint: unknown): boolean {
  if (!isObject(constraint)) return false;
  const { key, expression, human } = constraint;
  return isText(key) && [expression, human].every((text) => isAbsentOr(isText, text));
}

function listOf(holds: (item: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(holds);
}

function isAbsentOr(holds: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || holds(value);
}

function isText(value: unknown): boolean {
  return textOf(value) !== undefined;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}
