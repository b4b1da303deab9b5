/** What is checked of a value by its data type: its form, its length, its code, its components. */
import { list, type CodeList } from './code-lists.ts';
import { parseEntry, type Entry } from './notation.ts';
import { type Primitive, primitiveOf } from './primitives.ts';

/** A field's repetition, a component, or a subcomponent. */
export interface Value {
  readonly type: string;
  /** False where nothing in it can be checked. */
  readonly isChecked: boolean;
  readonly primitive: Primitive | undefined;
  /** By position; empty for types without components, and where they are not known. */
  readonly parts: readonly Value[];
  /** Bits, the lowest for the first component: those that are required. */
  readonly required: number;
  /** Bits: those of which either all have a value or none. */
  readonly together: number;
  /** In characters. */
  readonly length: number;
  readonly lengthRule: string;
  readonly codes: CodeList | undefined;
  /** The component that names the coding system of the first; 0 where the type has none. */
  readonly system: number;
  /** How many components there may be; Infinity where that is not known. */
  readonly most: number;
}

/** What the compilation of a value needs to know of its version. */
export interface Types {
  /** Components of types, in the notation of the tables. */
  readonly components: ReadonlyMap<string, string>;
  codesFor(type: string, table: string | undefined): CodeList | undefined;
}

const LENGTH_RULE = 'hl7v2/length';

/** Values nest to subcomponents: what is composite below has no delimiters left. */
const DEEPEST = 2;

export function valueOf(entry: Entry, types: Types, depth = 0): Value {
  const primitive = primitiveOf(entry.type);
  const parts = primitive === undefined && depth < DEEPEST ? partsOf(entry.type, types) : [];
  const signs = structured.get(entry.type);
  const values = parts.map((part, i) => withSigns(valueOf(part, types, depth + 1), signs?.[i]));
  const codes = types.codesFor(entry.type, entry.table);
  const required = bits(parts.flatMap((part, i) => (part.required ? [i] : [])));
  const together = parts.length === 0 ? 0 : bits(pairs.get(entry.type) ?? []);
  const length = entry.length ?? Infinity;
  const isChecked =
    primitive !== undefined ||
    codes !== undefined ||
    length < Infinity ||
    required + together > 0 ||
    values.some((value) => value.isChecked);
  return {
    type: entry.type,
    isChecked,
    primitive,
    parts: values,
    required,
    together,
    length,
    lengthRule: LENGTH_RULE,
    codes,
    system: codedTypes.get(entry.type) ?? 0,
    most: mostOf(entry.type, values, types),
  };
}

/** Signs between numbers, which a structured number names itself rather than by a table (ch. 2A, SN). */
const structured: ReadonlyMap<string, readonly (CodeList | undefined)[]> = new Map([
  ['SN', [signsOf('> < >= <= = <>'), undefined, signsOf('- + / . :')]],
]);

function signsOf(signs: string): CodeList {
  return list(
    '',
    signs.split(' '),
    'hl7v2/structured-number',
    `among the signs that an SN has there, ${signs}`,
  );
}

function withSigns(value: Value, codes: CodeList | undefined): Value {
  return codes === undefined ? value : { ...value, codes, isChecked: true };
}

function partsOf(type: string, types: Types): Entry[] {
  return types.components.get(type)?.split(' ').map(parseEntry) ?? [];
}

const bits = (positions: readonly number[]): number => positions.reduce((sum, i) => sum | (1 << i), 0);

/** HD and EI: a universal id and its type are there together or not at all (ch. 2A, HD, EI). From 0. */
const pairs: ReadonlyMap<string, readonly number[]> = new Map([
  ['HD', [1, 2]],
  ['EI', [2, 3]],
]);

/** Coded types: identifier, text, name of the coding system. */
const codedTypes: ReadonlyMap<string, number> = new Map([
  ['CE', 3],
  ['CWE', 3],
  ['CNE', 3],
  ['CF', 3],
]);

/** Types of one value alone; a TS had a second component for its precision. */
const simple: ReadonlyMap<string, number> = new Map([
  ...['DT', 'DTM', 'ID', 'IS', 'NM', 'SI', 'TM', 'TN', 'ST', 'GTS', 'SNM'].map((type) => [type, 1] as const),
  ['TS', 2],
]);

function mostOf(type: string, parts: readonly Value[], types: Types): number {
  if (parts.length > 0) return parts.length;
  return types.components.has(type) && type !== 'TS' ? Infinity : (simple.get(type) ?? Infinity);
}
