/** Builds the JSON form of a resource (R4, json.html) from what the XML reader meets. */
import type { ElementDefinition } from './definitions.ts';
import type { Primitive } from './primitives.ts';

/** An object in the making. */
export type Building = Record<string, unknown>;

/** An object without a prototype, so that no name in a message means anything to the language. */
export function empty(): Building {
  return Object.create(null) as Building;
}

export function resourceObject(type: string): Building {
  return Object.assign(empty(), { resourceType: type });
}

/** Puts a value where JSON has it. One too many becomes an array, which the check reports. */
export function place(object: Building, { name, repeats }: ElementDefinition, value: unknown): void {
  const before = object[name];
  if (Array.isArray(before)) before.push(value);
  else if (repeats) object[name] = [value];
  else object[name] = before === undefined ? value : [before, value];
}

/** Puts a primitive's value, and beside it (`_given`) its id and extensions. */
export function placePrimitive(
  object: Building,
  definition: ElementDefinition,
  value: unknown,
  extension: Building | null,
): void {
  if (!definition.repeats) {
    if (value !== undefined) place(object, definition, value);
    if (extension !== null) object[`_${definition.name}`] = extension;
    return;
  }
  place(object, definition, value ?? null);
  const values = object[definition.name];
  if (extension === null || !Array.isArray(values)) return;
  const siblings = (object[`_${definition.name}`] ??= []);
  if (!Array.isArray(siblings)) return;
  while (siblings.length < values.length - 1) siblings.push(null);
  siblings.push(extension);
}

const decimal = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const integer = /^-?(0|[1-9]\d*)$/;

/** As JSON would hold it. NaN, which no number type allows, stands for what is not a number. */
export function convert(written: string, { name, json }: Primitive): unknown {
  if (json === 'number')
    return (name === 'decimal' ? decimal : integer).test(written) ? Number(written) : NaN;
  if (json === 'boolean' && (written === 'true' || written === 'false')) return written === 'true';
  return written;
}
