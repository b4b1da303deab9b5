/**
 * Fields of segments and components of data types, in the notation of the tables:
 * `SI:4 CX!*:250 ID#0136:1 - XPN`: by position, the data type, `!` required, `*` repeats (`*3`: three times at most),
 * `#` its code table, `:` its length in characters; `-` is withdrawn.
 */
import { requirementDecisions, valueTypeLength } from './adjudications.ts';
import {
  describedBy,
  type DictionaryField,
  type DictionaryVersion,
  type FieldRow,
  type Sources,
} from './sources.ts';

export function segmentsOf(sources: Sources, version: string): Record<string, string> {
  const segments = sources.hl7apy[version]?.segments ?? {};
  const described = sources.dictionary[describedBy(sources, version)];
  const names = Object.keys(segments).filter((name) => name.length === 3);
  return Object.fromEntries(
    names.sort().map((name) => {
      const fields = described?.segments[name]?.fields ?? [];
      return [name, fieldsOf(version, segments[name] ?? [], fields, described)];
    }),
  );
}

/** hl7apy's fields; those that only hl7-dictionary has stand behind them. */
function fieldsOf(
  version: string,
  rows: readonly FieldRow[],
  fields: readonly DictionaryField[],
  described: DictionaryVersion | undefined,
): string {
  const list: string[] = [];
  for (const row of rows) {
    const position = Number(row[0].slice(row[0].lastIndexOf('_') + 1));
    while (list.length < position - 1) list.push('-');
    list.push(fieldOf(version, row, fields[position - 1], described));
  }
  const further = version.startsWith('2.8') ? [] : fields.slice(list.length);
  return [...list, ...further.map((field) => dictionaryField(field))].join(' ');
}

function fieldOf(
  version: string,
  row: FieldRow,
  other: DictionaryField | undefined,
  described: DictionaryVersion | undefined,
): string {
  const [, type, , max] = row;
  if (max === 0 || type?.toUpperCase() === 'WD') return '-';
  const name = typeName(row, other, described);
  const isRequired = requiredOf(version, row, other);
  return notation(
    name,
    isRequired,
    maxOf(max, other?.rep),
    tableOf(row, other),
    lengthOf(version, row, other),
  );
}

function lengthOf(
  version: string,
  [field]: FieldRow,
  other: DictionaryField | undefined,
): number | undefined {
  const { versions, field: decided, length } = valueTypeLength;
  return field === decided && versions.includes(version) ? length : other?.len;
}

/** The name under which the components of the type stand. */
function typeName(
  [, type]: FieldRow,
  other: DictionaryField | undefined,
  described: DictionaryVersion | undefined,
): string {
  if (type === null) return other?.datatype ?? 'varies';
  const isKnown = described === undefined || type in described.fields;
  const otherIsKnown = other !== undefined && (described?.fields[other.datatype]?.subfields.length ?? 0) > 0;
  return isKnown || !otherIsKnown || !other.datatype.startsWith(type) ? type : other.datatype;
}

/** hl7apy knows only required and optional: where hl7-dictionary says conditional, it is not required. */
export function requiredOf(version: string, row: FieldRow, other: DictionaryField | undefined): boolean {
  const decided = requirementDecisions.find(
    (decision) => decision.version === version && decision.field === row[0].replace('_', '-'),
  );
  return decided?.required ?? (row[2] > 0 && other?.opt !== 3);
}

/** Where one gives a number and the other "repeats", the number is taken; else the larger. -1: no limit. */
export function maxOf(max: number, rep: number | undefined): number {
  if (rep === undefined || rep === max) return max;
  if (rep === 0) return max > 1 ? max : -1;
  // OBX-2 of 2.5.1 is said to repeat 125 times: that is the number of its code table.
  if (rep > 100 && rep !== 200) return max;
  return max === -1 && rep > 1 ? rep : max === -1 ? -1 : Math.max(max, rep);
}

export function tableOf([, , , , table]: FieldRow, other: DictionaryField | undefined): string | undefined {
  if (table !== null && table !== 'HL79999') return table.replace('HL7', '');
  return other?.table === undefined ? undefined : String(other.table).padStart(4, '0');
}

function dictionaryField({ datatype, opt, rep, table, len }: DictionaryField): string {
  if (opt === 4 || datatype === '') return '-';
  const number = table === undefined ? undefined : String(table).padStart(4, '0');
  return notation(datatype, opt === 2, rep === 0 ? -1 : rep, number, len);
}

/** A length beyond this is no limit but a way to say that there is none. */
const NO_LIMIT = 65_536;

function notation(
  type: string,
  required: boolean,
  max: number,
  table: string | undefined,
  length: number | undefined,
): string {
  const repeats = max === 1 ? '' : max === -1 ? '*' : `*${max}`;
  const coded = table === undefined ? '' : `#${table}`;
  const limited = length === undefined || length === 0 || length >= NO_LIMIT ? '' : `:${length}`;
  return `${type === 'VARIES' ? 'varies' : type}${required ? '!' : ''}${repeats}${coded}${limited}`;
}

/** The first version whose tables say which components are required, how long they are, and which table they use. */
const FIRST_EXACT = '2.5';

/** Types with components. Those before 2.5 take requirements and tables of the same components from it. */
export function typesOf(sources: Sources, version: string): Record<string, string> {
  const described = sources.dictionary[describedBy(sources, version)]?.fields ?? {};
  const exact = version < FIRST_EXACT ? sources.dictionary[FIRST_EXACT]?.fields : undefined;
  const rows = Object.keys(described)
    .filter((type) => (described[type]?.subfields.length ?? 0) > 0)
    .map((type): [string, string] => [
      type,
      (described[type]?.subfields ?? [])
        .map((part, i) => component(part, version < '2.3' ? undefined : exact?.[type]?.subfields[i]))
        .join(' '),
    ]);
  if (version === '2.8.2') rows.push(['OG', 'ST NM NM ST']);
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function component(part: DictionaryField, later: DictionaryField | undefined): string {
  if (part.datatype === '') return '-';
  const table =
    part.table ?? (isCoded(part) && later !== undefined && isCoded(later) ? later.table : undefined);
  const number = table === undefined ? undefined : String(table).padStart(4, '0');
  return notation(part.datatype, part.opt === 2 || later?.opt === 2, 1, number, part.len);
}

const isCoded = ({ datatype }: DictionaryField): boolean => datatype === 'ID' || datatype === 'IS';
