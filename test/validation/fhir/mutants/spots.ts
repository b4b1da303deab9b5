/** The elements of a resource with their definitions: where a mutant can do its harm. */
import type {
  Definitions,
  ElementDefinition,
  TypeDefinition,
} from '../../../../src/validation/fhir/definitions.ts';

export type Json = Record<string, unknown>;

export interface Spot {
  /** The object that has the element, and its type. */
  readonly holder: Json;
  readonly type: TypeDefinition;
  readonly name: string;
  readonly definition: ElementDefinition;
  /** The value itself, an item of the array where the element repeats. */
  readonly value: unknown;
  readonly replace: (value: unknown) => void;
}

export interface Holder {
  readonly object: Json;
  readonly type: TypeDefinition;
}

export interface Anatomy {
  readonly root: Json;
  readonly definitions: Definitions;
  readonly holders: readonly Holder[];
  readonly spots: readonly Spot[];
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function dissect(root: Json, definitions: Definitions): Anatomy {
  const known = new Set(definitions.typeNames);
  const holders: Holder[] = [];
  const spots: Spot[] = [];
  visit(root, definitions.type(String(root['resourceType'])));
  return { root, definitions, holders, spots };

  function visit(object: Json, type: TypeDefinition): void {
    holders.push({ object, type });
    for (const name of Object.keys(object)) {
      const definition = type.elements.get(name);
      const value = object[name];
      if (definition === undefined) continue;
      if (!Array.isArray(value)) spot(object, type, definition, value, (next) => (object[name] = next));
      else value.forEach((item, i) => spot(object, type, definition, item, (next) => (value[i] = next)));
    }
  }

  function spot(
    holder: Json,
    type: TypeDefinition,
    definition: ElementDefinition,
    value: unknown,
    replace: (value: unknown) => void,
  ): void {
    spots.push({ holder, type, name: definition.name, definition, value, replace });
    if (definition.primitive !== null || !isJson(value)) return;
    const typeName = definition.typeName === 'Resource' ? String(value['resourceType']) : definition.typeName;
    if (known.has(typeName)) visit(value, definitions.type(typeName));
  }
}
