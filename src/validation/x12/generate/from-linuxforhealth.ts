/**
 * Reads a model of LinuxForHealth's x12 (JSON Schema): loops, segments, required elements and codes, in the order of its
 * properties, which is that of the guide. It knows few data types and lengths and no syntax notes: these come from the
 * dictionary of segments.
 */
import { unused, type ElementFact, type LoopFact, type NodeFact, type SegmentFact } from './facts.ts';
import type { SegmentDictionary } from './segment-dictionary.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly allOf?: readonly Schema[];
  readonly default?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly is_component?: boolean;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

export type Models = Readonly<Record<string, Schema>>;

interface Context {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly dictionary: SegmentDictionary;
}

export function readModel(models: Models, name: string, dictionary: SegmentDictionary): LoopFact {
  const model = models[name];
  if (model === undefined) throw new Error(`There is no model ${name}`);
  const context = { definitions: model.definitions ?? {}, dictionary };
  const children = Object.entries(model.properties ?? {}).flatMap(([key, schema]): NodeFact[] => {
    if (key === 'footer') return [];
    if (key === 'header') return parts(resolve(schema, context), context);
    return [part(key, schema, model.required?.includes(key) ?? false, context)];
  });
  const placed = inOrder(children.filter((child) => child.name !== 'ST'));
  return { kind: 'loop', name: '', usage: 'R', most: 1, position: 0, children: placed };
}

const inOrder = (nodes: readonly NodeFact[]): NodeFact[] =>
  nodes.map((node, index) => ({ ...node, position: index + 1 }));

function parts(loop: Schema, context: Context): NodeFact[] {
  return inOrder(
    Object.entries(loop.properties ?? {}).map(([key, schema]) =>
      part(key, schema, loop.required?.includes(key) ?? false, context),
    ),
  );
}

function part(key: string, schema: Schema, required: boolean, context: Context): NodeFact {
  const repeats = schema.type === 'array';
  // A required list may be empty there, unless it says how many it needs.
  const usage = required && (!repeats || (schema.minItems ?? 0) > 0) ? 'R' : 'S';
  const target = resolve(repeats && schema.items !== undefined ? schema.items : schema, context);
  const common = { usage, most: repeats ? (schema.maxItems ?? 0) : 1, position: 0 } as const;
  if (!key.startsWith('loop_')) return { ...segment(target, context), ...common };
  const name = key.slice('loop_'.length).toUpperCase();
  return { kind: 'loop', name, ...common, children: parts(target, context) };
}

function segment(
  schema: Schema,
  context: Context,
): Pick<SegmentFact, 'kind' | 'name' | 'elements' | 'conditions'> {
  const properties = Object.entries(schema.properties ?? {});
  const name = properties.find(([key]) => key === 'segment_name')?.[1].default ?? '';
  const known = context.dictionary.get(name);
  const elements = properties
    .filter(([key]) => key !== 'delimiters' && key !== 'segment_name')
    .map(([key, element], index) => {
      const required = schema.required?.includes(key) ?? false;
      return elementFact(resolve(element, context), required, known?.elements[index], context);
    });
  return { kind: 'segment', name, elements, conditions: known?.conditions ?? [] };
}

function elementFact(
  schema: Schema,
  required: boolean,
  known: ElementFact | undefined,
  context: Context,
): ElementFact {
  const isList = schema.type === 'array' && schema.is_component !== true;
  const value = isList && schema.items !== undefined ? resolve(schema.items, context) : schema;
  const common = { required, repeat: isList ? 0 : 1 };
  const codes = codesOf(value);
  if (known === undefined) return { ...unused, kind: 'simple', ...ownType(value), ...common, codes };
  if (known.kind === 'composite' || codes.length === 0) return { ...known, ...common };
  return { ...known, ...common, codes, external: '' };
}

function ownType(schema: Schema): Pick<ElementFact, 'type' | 'least' | 'most'> {
  const [least, most] = [String(schema.minLength ?? ''), String(schema.maxLength ?? '')];
  if (codesOf(schema).length > 0) return { type: 'ID', least, most };
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  return isNumber ? { type: 'R', least: '', most: '' } : { type: 'AN', least, most };
}

const codesOf = (schema: Schema): readonly string[] =>
  schema.enum ?? (schema.const === undefined ? [] : [schema.const]);

function resolve(schema: Schema, context: Context): Schema {
  const [only] = schema.allOf ?? [];
  if (only !== undefined) return resolve(only, context);
  if (schema.$ref === undefined) return schema;
  return resolve(context.definitions[schema.$ref.replace('#/definitions/', '')] ?? {}, context);
}
