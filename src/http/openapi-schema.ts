/** JSON Schema, as OpenAPI 3.1 takes it, from the Joi schemas that check the requests. */
import type { Schema } from 'joi';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Joi's own export, with its two gaps closed: null beside an enumeration, and references within a larger document. */
export function jsonSchemaOf(schema: Schema): JsonSchema {
  const exported: unknown = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
  return asRecord(mended(exported));
}

/** The properties of an object's schema, each with whether it must be there. */
export function propertiesOf(
  schema: Schema,
): readonly { readonly name: string; readonly required: boolean; readonly schema: JsonSchema }[] {
  const { properties, required } = jsonSchemaOf(schema);
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(asRecord(properties)).map(([name, property]) => ({
    name,
    required: needed.includes(name),
    schema: asRecord(property),
  }));
}

function mended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value !== 'object' || value === null) return value;
  return withNull(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mendedAt(key, one)])));
}

function mendedAt(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace('#/$defs/', '#/components/schemas/');
  return mended(value);
}

/** Where null is allowed beside an enumeration, Joi names it among the types only. */
function withNull(schema: Record<string, unknown>): Record<string, unknown> {
  const { type, enum: values } = schema;
  if (!Array.isArray(type) || !type.includes('null') || !Array.isArray(values)) return schema;
  return { ...schema, enum: [...(values as readonly unknown[]), null] };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
