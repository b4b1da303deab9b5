/**
 * Reads a model of LinuxForHealth's x12 (JSON Schema). It says which segments a loop has, not in which order: behind
 * its first segment all of a loop share one position.
 */
import type { LoopRow, NodeRow, SegmentRow } from '../map.ts';
import type { CodeSets } from './code-sets.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly default?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

export type Models = Readonly<Record<string, Schema>>;

interface Context {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly codes: CodeSets;
}

export function readModel(models: Models, name: string, codes: CodeSets): LoopRow {
  const model = models[name];
  if (model === undefined) throw new Error(`There is no model ${name}`);
  const context = { definitions: model.definitions ?? {}, codes };
  const children = Object.entries(model.properties ?? {}).flatMap(([key, schema], index): NodeRow[] => {
    const required = model.required?.includes(key) ?? false;
    if (key === 'footer') return [];
    if (key === 'header') return placed(parts(resolve(schema, context), context), 1);
    return [part(key, schema, required, index + 2, context)];
  });
  return ['', 'R', 1, 0, children.filter(([id]) => id !== 'ST')];
}

const placed = (rows: NodeRow[], position: number): NodeRow[] =>
  rows.map((row): NodeRow => {
    if (row.length === 5) return [row[0], row[1], row[2], position, row[4]];
    return [row[0], row[1], row[2], position, row[4], row[5]];
  });

/** The segments and loops of a loop: the first at position 1, all others at 2. */
function parts(loop: Schema, context: Context): NodeRow[] {
  return Object.entries(loop.properties ?? {}).map(([key, schema], index) =>
    part(key, schema, loop.required?.includes(key) ?? false, index === 0 ? 1 : 2, context),
  );
}

function part(key: string, schema: Schema, required: boolean, position: number, context: Context): NodeRow {
  const repeats = schema.type === 'array';
  // A required list may be empty there, unless it says how many it needs.
  const usage = required && (!repeats || (schema.minItems ?? 0) > 0) ? 'R' : 'S';
  const target = resolve(repeats && schema.items !== undefined ? schema.items : schema, context);
  const most = repeats ? (schema.maxItems ?? 0) : 1;
  if (key.startsWith('loop_')) {
    return [key.slice('loop_'.length).toUpperCase(), usage, most, position, parts(target, context)];
  }
  return segment(target, usage, most, position, context);
}

function segment(
  schema: Schema,
  usage: 'R' | 'S',
  most: number,
  position: number,
  context: Context,
): SegmentRow {
  const properties = Object.entries(schema.properties ?? {});
  const name = properties.find(([key]) => key === 'segment_name')?.[1].default ?? '';
  const elements = properties.filter(([key]) => key !== 'delimiters' && key !== 'segment_name');
  const notations = elements.map(([key, element]) =>
    notation(key, resolve(element, context), schema.required?.includes(key) ?? false, context),
  );
  return [name, usage, most, position, notations.join(' '), ''];
}

function notation(key: string, schema: Schema, required: boolean, { codes }: Context): string {
  const mark = required ? '!' : '';
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const length = `${schema.minLength ?? ''}:${schema.maxLength ?? ''}`;
  if (values.length > 0) return `ID:${length}${mark}${codes.notation(values)}`;
  if (key === 'date_time_period') return `DP::${mark}`;
  const numeric = schema.type === 'number' || schema.type === 'integer';
  return `${numeric ? 'R::' : `AN:${length}`}${mark}`;
}

function resolve(schema: Schema, context: Context): Schema {
  const [only] = schema.allOf ?? [];
  if (only !== undefined) return resolve(only, context);
  if (schema.$ref === undefined) return schema;
  return resolve(context.definitions[schema.$ref.replace('#/definitions/', '')] ?? {}, context);
}
