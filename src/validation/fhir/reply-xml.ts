/**
 * Writes a resource of ours as XML with the package `fhir`, which is loaded when somebody asks for XML. It is given our
 * own definitions: the ones that it brings take a tenth of a second to read.
 */
import { createRequire } from 'node:module';
import { type Definitions, definitionsOf, type TypeDefinition } from './definitions.ts';

interface Writer {
  convert(resource: object): string;
}

/** A type as the package knows it. */
interface Structure {
  readonly _type: 'Resource';
  readonly _kind: 'resource';
  readonly _properties: readonly Property[];
}

interface Property {
  readonly _name: string;
  readonly _type: string;
  readonly _multiple: boolean;
  readonly _properties: readonly Property[];
}

let writer: Writer | undefined;

export function toXml(resource: object): string {
  writer ??= load();
  return writer.convert(resource);
}

function load(): Writer {
  const require = createRequire(import.meta.url);
  const { ConvertToXml } = require('fhir/convertToXml') as { ConvertToXml: new (parser: object) => Writer };
  return new ConvertToXml({ parsedStructureDefinitions: structures(definitionsOf('r4')) });
}

/** Of the types that are asked for, as they are asked for. */
function structures(definitions: Definitions): Record<string, Structure> {
  const known = new Set(definitions.typeNames);
  return new Proxy<Record<string, Structure>>(Object.create(null) as Record<string, Structure>, {
    get(made, name) {
      if (typeof name !== 'string' || !known.has(name)) return undefined;
      return (made[name] ??= structure(definitions.type(name)));
    },
  });
}

/** Nested elements are types of their own here, so that no property has properties itself. */
function structure({ elements }: TypeDefinition): Structure {
  const properties = [...elements.values()].map((element) => ({
    _name: element.name,
    // A primitive that it does not know would be told on the console.
    _type: element.typeName === 'uuid' ? 'uri' : element.typeName,
    _multiple: element.repeats,
    _properties: [],
  }));
  return { _type: 'Resource', _kind: 'resource', _properties: properties };
}
